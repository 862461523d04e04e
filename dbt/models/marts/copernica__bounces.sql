{{ config(
    materialized='incremental',
    incremental_strategy=copernica.adding_strategy(),
    on_schema_change='append_new_columns',
    pre_hook="{{ copernica.drop_stale(copernica.event_signature(['errors']), ['errors']) }}",
    post_hook="{{ copernica.note_progress() }}",
    indexes=copernica.indexes([['mailing_key']]),
) }}

with changed as (
    {{ copernica.changed_mailings(copernica.event_signature(['errors'])) | indent(4) }}
)

select
    events.source_relation,
    events.mailing_key,
    events.editor,
    events.error_type,
    events.error_code,
    count(*) as errors,
    count(distinct events.recipient_id) as bounces,
    max(changed.event_rows) as event_rows,
    max(changed.changed_at) as changed_at
from {{ ref('copernica__events') }} as events
join changed on changed.mailing_key = events.mailing_key
where events.kind = 'errors'
group by events.source_relation, events.mailing_key, events.editor, events.error_type, events.error_code
