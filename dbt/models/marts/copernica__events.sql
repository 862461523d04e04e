{{ config(
    materialized='incremental',
    unique_key='event_key',
    incremental_strategy=copernica.replacing_strategy(),
    on_schema_change='append_new_columns',
    indexes=copernica.indexes([
        ['event_key'], ['mailing_key'], ['profile_id'], ['recipient_key'], ['occurred_at'],
        ['kind', 'editor', 'source_relation', 'loaded_at'],
    ]),
    pre_hook="{{ copernica.note_detached(copernica.arriving_events(), 'event_key') }}",
    post_hook=["{{ copernica.forget_progress() }}", "{{ copernica.note_events() }}"],
) }}
{{ copernica.arriving_events() }}
