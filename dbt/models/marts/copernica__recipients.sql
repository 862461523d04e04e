{{ config(
    materialized='incremental',
    unique_key='recipient_key',
    incremental_strategy=copernica.replacing_strategy(),
    on_schema_change='append_new_columns',
) }}

{{ copernica.staged_recipients(adding=true) }}
