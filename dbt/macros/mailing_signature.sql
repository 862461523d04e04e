{#
  The mailings that may have changed since copernica__mailings was last made: those with new events, those that were
  loaded anew, that are new or gone, or of whose editor it has become known that it lists unsubscriptions. None: all.
#}
{% macro touched_mailings() %}
{%- set touched = copernica.touched('mailing_key') -%}
{%- if touched is none -%}
    {{ return(none) }}
{%- endif -%}
{%- set text -%}
{{ touched }}
union all
select coalesce(mailings.mailing_key, kept.mailing_key)
from {{ ref('stg_copernica__mailings') }} as mailings
full outer join {{ this }} as kept on kept.mailing_key = mailings.mailing_key
left join ({{ copernica.editors_with_unsubscribes() }}) as listed
  on listed.source_relation = mailings.source_relation and listed.editor = mailings.editor
where kept.mailing_key is null
   or mailings.mailing_key is null
   or kept.loaded_at is null
   or mailings.loaded_at is null
   or kept.loaded_at <> mailings.loaded_at
   or kept.unsubscribes_known <> case when listed.editor is null then false else true end
{%- endset -%}
{{ return(text) }}
{% endmacro %}

{# An API version that lists no unsubscriptions is not an account that has none. #}
{% macro editors_with_unsubscribes() -%}
select distinct source_relation, editor from {{ ref('copernica__events') }} where kind = 'unsubscribes'
{%- endmacro %}

{# As event_signature, of every mailing, also one to which nothing has happened; a change of the mailing counts as well. #}
{% macro mailing_signature() %}
{%- set touched = copernica.touched_mailings() -%}
select
    mailings.mailing_key,
    coalesce(events.event_rows, 0) as event_rows,
    {{ copernica.later('mailings.loaded_at', 'events.changed_at') }} as changed_at,
    mailings.loaded_at,
    case when listed.editor is null then false else true end as unsubscribes_known
from {{ ref('stg_copernica__mailings') }} as mailings
left join (
    select mailing_key, count(*) as event_rows, max(loaded_at) as changed_at
    from {{ ref('copernica__events') }}
    {%- if touched %}
    where mailing_key in (
        {{ touched | indent(8) }}
    )
    {%- endif %}
    group by mailing_key
) as events on events.mailing_key = mailings.mailing_key
left join ({{ copernica.editors_with_unsubscribes() }}) as listed
  on listed.source_relation = mailings.source_relation and listed.editor = mailings.editor
{%- if touched %}
where mailings.mailing_key in (
    {{ touched | indent(4) }}
)
{%- endif %}
{% endmacro %}
