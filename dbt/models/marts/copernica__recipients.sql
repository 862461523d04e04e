{{ config(
    materialized='incremental',
    unique_key='recipient_key',
    incremental_strategy=copernica.replacing_strategy(),
    on_schema_change='append_new_columns',
    indexes=copernica.indexes([['recipient_key'], ['profile_id'], ['editor', 'source_relation', 'loaded_at']]),
    pre_hook=[
        "{{ copernica.gather('recipients', copernica.arriving_recipients()) }}",
        "{{ copernica.note_detached('recipients', 'recipient_key') }}",
        "{{ copernica.note_arrivals('recipients', 'destinations') }}",
    ],
    post_hook=[
        "{{ copernica.forget_progress() }}",
        "{{ copernica.note_recipients() }}",
        "{{ copernica.scatter('recipients') }}",
    ],
) }}

{{ copernica.gathered('recipients', copernica.arriving_recipients()) }}
