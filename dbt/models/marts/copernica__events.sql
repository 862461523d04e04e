{{ config(
    materialized='incremental',
    unique_key='event_key',
    incremental_strategy=copernica.replacing_strategy(),
    on_schema_change='append_new_columns',
    indexes=copernica.indexes([
        ['event_key'], ['mailing_key'], ['profile_id'], ['recipient_key'], ['occurred_at'],
        ['kind', 'editor', 'source_relation', 'loaded_at'],
    ]),
    pre_hook=[
        "{{ copernica.gather('events', copernica.arriving_events()) }}",
        "{{ copernica.note_detached('events', 'event_key') }}",
        "{{ copernica.note_arrivals('events') }}",
    ],
    post_hook=[
        "{{ copernica.forget_progress() }}",
        "{{ copernica.note_events() }}",
        "{{ copernica.scatter('events') }}",
    ],
) }}
{{ copernica.gathered('events', copernica.arriving_events()) }}
