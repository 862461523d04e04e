{{ config(
    materialized='incremental',
    unique_key='event_key',
    incremental_strategy=copernica.replacing_strategy(),
    on_schema_change='append_new_columns',
) }}

{% for kind in copernica.kinds() %}
{{ copernica.staged_events(kind, adding=true) }}
{{ 'union all' if not loop.last }}
{% endfor %}
