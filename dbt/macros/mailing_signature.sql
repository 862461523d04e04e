{# As event_signature, of every mailing, also one to which nothing has happened; a change of the mailing counts as well. #}
{% macro mailing_signature() %}
select
    mailings.mailing_key,
    coalesce(events.event_rows, 0) as event_rows,
    {{ copernica.later('mailings.loaded_at', 'events.changed_at') }} as changed_at,
    case when listed.editor is null then false else true end as unsubscribes_known
from {{ ref('stg_copernica__mailings') }} as mailings
left join ({{ copernica.event_signature() }}) as events on events.mailing_key = mailings.mailing_key
left join (
    -- An API version that lists no unsubscriptions is not an account that has none.
    select distinct source_relation, editor
    from {{ ref('copernica__events') }}
    where kind = 'unsubscribes'
) as listed on listed.source_relation = mailings.source_relation and listed.editor = mailings.editor
{% endmacro %}
