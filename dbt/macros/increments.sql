{# Whether this run adds to a table that is there. #}
{% macro adds() %}
{%- if not copernica.asks() -%}
    {{ return(execute and var('copernica_assume_incremental', false)) }}
{%- endif -%}
{{ return(is_incremental()) }}
{% endmacro %}

{#
  Since when rows of a stream are new to a table, by account: the newest loaded_at that it has of that stream, less
  copernica_overlap_minutes. Rows that were there already are written once more, and stay the same.

  condition: which rows of the table are the stream's.
#}
{% macro new_since(condition) %}
{%- set since = {} -%}
{%- if copernica.adds() and copernica.asks() -%}
    {%- set newest = run_query(
        'select source_relation, ' ~ dbt.dateadd('minute', -1 * var('copernica_overlap_minutes', 60), 'max(loaded_at)')
        ~ ' as since from ' ~ this ~ ' where ' ~ condition ~ ' group by source_relation'
    ) -%}
    {%- for row in newest.rows if row[1] is not none -%}
        {%- do since.update({row[0]: (row[1] | string)[:19]}) -%}
    {%- endfor -%}
{%- elif copernica.adds() -%}
    {%- for account in copernica.accounts() -%}
        {%- do since.update({account.name: '2024-01-01 00:00:00'}) -%}
    {%- endfor -%}
{%- endif -%}
{{ return(since) }}
{% endmacro %}

{#
  How many events a mailing has, of some kinds, and when the newest was loaded. A mailing whose row says the same needs
  no new one. An event that came late, changed, or vanished changes one of the two.
#}
{% macro event_signature(kinds=none) %}
select
    mailing_key,
    count(*) as event_rows,
    max(loaded_at) as changed_at
from {{ ref('copernica__events') }}
{%- if kinds %}
where kind in ({% for kind in kinds %}'{{ kind }}'{{ ', ' if not loop.last }}{% endfor %})
{%- endif %}
group by mailing_key
{% endmacro %}

{#
  Delete the rows of mailings that are not what they were; the model then adds those that are missing.

  also: further columns of the signature that must be as they were.
#}
{% macro drop_stale(signature, also=[]) %}
{%- if copernica.adds() -%}
delete from {{ this }}
where mailing_key not in (
    select kept.mailing_key
    from {{ this }} as kept
    join ({{ signature }}) as now_there
      on now_there.mailing_key = kept.mailing_key
     and now_there.event_rows = kept.event_rows
     and now_there.changed_at = kept.changed_at
     {%- for column in also %}
     and now_there.{{ column }} = kept.{{ column }}
     {%- endfor %}
)
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}

{#
  The mailings that the table does not have, or no longer: what the model has to work out.

  also: further columns of the signature.
#}
{% macro changed_mailings(signature, also=[]) %}
select {{ (['mailing_key', 'event_rows', 'changed_at'] + also) | join(', ') }}
from (
    {{ signature | indent(4) }}
) as signature
{%- if copernica.adds() %}
where mailing_key not in (select mailing_key from {{ this }})
{%- endif %}
{% endmacro %}
