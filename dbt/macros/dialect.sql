{# What the warehouses write differently. Each macro works in DuckDB, PostgreSQL, BigQuery and Snowflake. #}

{% macro type_of(kind) %}
{{- {
    'id': dbt.type_bigint(),
    'number': dbt.type_bigint(),
    'text': dbt.type_string(),
    'flag': dbt.type_boolean(),
    'time': dbt.type_timestamp(),
    'date': 'date',
}[kind] -}}
{% endmacro %}

{# How a column is called where the warehouse cannot be asked: Snowflake's loaders write names in capitals. #}
{% macro unasked_name(name) %}
{{ return(name | upper if target.type == 'snowflake' else name) }}
{% endmacro %}

{# An instant without a zone, in UTC (in BigQuery: its TIMESTAMP, which is an instant). #}
{% macro to_utc(column, data_type) %}
{%- set zoned = 'with time zone' in data_type | lower or 'tz' in data_type | lower -%}
{%- if zoned and target.type == 'snowflake' -%}
cast(convert_timezone('UTC', {{ column }}) as {{ dbt.type_timestamp() }})
{%- elif zoned -%}
({{ column }} at time zone 'UTC')
{%- else -%}
cast({{ column }} as {{ dbt.type_timestamp() }})
{%- endif -%}
{% endmacro %}

{# A moment in UTC as a literal, to compare with a column of this type. #}
{% macro moment(text, data_type='') %}
{%- if 'with time zone' in data_type | lower or 'tz' in data_type | lower -%}
cast('{{ text }}+00:00' as {{ data_type }})
{%- else -%}
cast('{{ text }}' as {{ dbt.type_timestamp() }})
{%- endif -%}
{% endmacro %}

{# The account's wall-clock time of an instant in UTC. #}
{% macro local_time(instant) %}
{%- set zone = var('copernica_timezone', 'Europe/Amsterdam') -%}
{%- if target.type == 'bigquery' -%}
datetime({{ instant }}, '{{ zone }}')
{%- elif target.type == 'snowflake' -%}
convert_timezone('UTC', '{{ zone }}', {{ instant }})
{%- else -%}
(({{ instant }} at time zone 'UTC') at time zone '{{ zone }}')
{%- endif -%}
{% endmacro %}

{% macro local_day(instant) %}cast({{ copernica.local_time(instant) }} as date){% endmacro %}

{# The later of two moments of which one may be null. #}
{% macro later(one, other) -%}
case when {{ other }} is null or {{ one }} > {{ other }} then {{ one }} else coalesce({{ other }}, {{ one }}) end
{%- endmacro %}

{# A share between two counts; null, not 0, where there is nothing to divide by, so that averages stay right. #}
{% macro rate(part, whole) -%}
cast({{ part }} as {{ 'float64' if target.type == 'bigquery' else 'float8' }}) / nullif({{ whole }}, 0)
{%- endmacro %}

{# Without a key, what is new is added: BigQuery has no name for that but a merge. #}
{% macro adding_strategy() %}
{{ return('merge' if target.type == 'bigquery' else 'append') }}
{% endmacro %}

{# With a key, what is new takes the place of what was there. #}
{% macro replacing_strategy() %}
{{ return('merge' if target.type == 'bigquery' else 'delete+insert') }}
{% endmacro %}
