{#
  Select the rows of a stream, typed, each once: of copies, the one that was read last.

  A stream that the account does not have gives no rows, a column that was not selected nulls.

  columns: the type of each column, by its name.
  key: the column that tells rows apart.
#}
{% macro stream(name, columns, key='id') %}
{%- set table = loaded(name) -%}
{%- set there = [] -%}
{%- if table -%}
    {%- set there = adapter.get_columns_in_relation(table) | map(attribute='name') | map('lower') | list -%}
{%- endif -%}
select
    {%- for column, type in columns.items() %}
    cast({{ adapter.quote(column) if column in there else 'null' }} as {{ type }}) as {{ adapter.quote(column) }}
    {{- ',' if not loop.last }}
    {%- endfor %}
{% if table -%}
from {{ table }}
qualify row_number() over (partition by {{ key }} order by _sdc_extracted_at desc) = 1
{%- else -%}
where false
{%- endif %}
{%- endmacro %}

{# Give the table of a stream; none where the account has no such stream. #}
{% macro loaded(name) %}
{%- set raw = source('copernica', name) -%}
{{ return(load_relation(raw) if execute) }}
{% endmacro %}
