{#
  Select a stream of all accounts: typed, each row once, of copies the one that was read last. Every row of Copernica's
  comes into the models through this macro, and through people.sql with it.

  A stream that an account does not have gives no rows, a column that was not loaded nulls.

  stream: its name.
  columns: what kind each column is, by its name: id, text, flag, number, time or date.
  key: the columns that tell rows of an account apart.
  since: a moment; only rows loaded since then. None: all.
#}
{% macro stage(stream, columns, key=['id'], since={}) %}
{%- set drawn = source('copernica', stream) -%}{# for the graph of dbt docs #}
{%- set selects = [] -%}
{%- for account in copernica.accounts() -%}
    {%- set relation = copernica.stream_relation(account, stream) -%}
    {%- if relation -%}
        {%- do selects.append(copernica.stage_relation(account, relation, columns, key, since.get(account.name))) -%}
    {%- endif -%}
{%- endfor -%}
{%- if not selects %}
select
    cast(null as {{ dbt.type_string() }}) as source_relation,
    {%- for name, kind in columns.items() %}
    cast(null as {{ copernica.type_of(kind) }}) as {{ copernica.column_alias(name) }},
    {%- endfor %}
    cast(null as {{ copernica.type_of('time') }}) as loaded_at
from (select 1 as nothing) as nothing
where 1 = 0
{%- else %}
{{ selects | join('\nunion all\n') }}
{%- endif -%}
{% endmacro %}

{% macro stage_relation(account, relation, columns, key, since) %}
{%- set there = {} -%}
{%- if copernica.asks() -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do there.update({column.name | lower: column}) -%}
    {%- endfor -%}
{%- else -%}
    {%- for name in (columns.keys() | list) + key + ['_sdc_extracted_at', '_sdc_batched_at'] -%}
        {%- do there.update({name | lower: api.Column(copernica.unasked_name(name), 'unknown')}) -%}
    {%- endfor -%}
{%- endif -%}
{%- set loaded = there.get('_sdc_batched_at') or there.get('_sdc_extracted_at') -%}
{%- set read = there.get('_sdc_extracted_at') or loaded -%}
{%- set keys = [] -%}
{%- for name in key if name | lower in there -%}
    {%- do keys.append(adapter.quote(there[name | lower].name)) -%}
{%- endfor -%}
{%- set copies = keys | length > 0 and var('copernica_append_only', true) and read is not none -%}
select
    '{{ account.name }}' as source_relation,
    {%- for name, kind in columns.items() %}
    {{ copernica.column_alias(name) }},
    {%- endfor %}
    loaded_at
from (
    select
        {%- for name, kind in columns.items() %}
        {{ copernica.person_column(account, name, copernica.typed(there.get(name | lower), kind)) }} as {{ copernica.column_alias(name) }},
        {%- endfor %}
        {{ copernica.typed(loaded, 'time') }} as loaded_at
        {%- if copies %},
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by {{ adapter.quote(read.name) }} desc{% if loaded.name != read.name %}, {{ adapter.quote(loaded.name) }} desc{% endif %}
        ) as copy
        {%- endif %}
    from {{ relation }}
    {%- if since and loaded %}
    where {{ adapter.quote(loaded.name) }} >= {{ copernica.moment(since, loaded.dtype) }}
       or {{ adapter.quote(loaded.name) }} is null
    {%- endif %}
) as {{ 'copies' if copies else 'staged' }}
where {{ 'copy = 1' if copies else '1 = 1' }}
  and {{ copernica.person_condition(account, columns) }}
{%- endmacro %}

{# How a column is called in the models: a word that SQL has for itself gets another name. #}
{% macro column_alias(name) %}
{{- {'timestamp': 'occurred_at', 'timestampsent': 'sent_at', 'from': 'from_at', 'to': 'to_at', 'type': 'mailing_type',
     'distinct': 'distinct_rows', 'date': 'day', 'database': 'database_id'}.get(name, name | lower) -}}
{% endmacro %}

{# A column as the wanted type; a null where it was not loaded. #}
{% macro typed(column, kind) %}
{%- if column is none or column is undefined -%}
cast(null as {{ copernica.type_of(kind) }})
{%- elif kind == 'time' -%}
{{ copernica.to_utc(adapter.quote(column.name), column.dtype) }}
{%- else -%}
cast({{ adapter.quote(column.name) }} as {{ copernica.type_of(kind) }})
{%- endif -%}
{% endmacro %}
