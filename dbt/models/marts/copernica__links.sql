{{ config(
    materialized='incremental',
    incremental_strategy=copernica.adding_strategy(),
    on_schema_change='append_new_columns',
    pre_hook="{{ copernica.drop_stale(copernica.event_signature(['clicks']), ['clicks']) }}",
    post_hook="{{ copernica.note_progress() }}",
    indexes=copernica.indexes([['mailing_key']]),
) }}

with changed as (
    {{ copernica.changed_mailings(copernica.event_signature(['clicks'])) | indent(4) }}
)

select
    events.source_relation,
    events.mailing_key,
    events.editor,
    events.link,
    count(*) as clicks,
    count(distinct events.recipient_id) as unique_clicks,
    sum(case when events.is_machine then 1 else 0 end) as machine_clicks,
    min(events.occurred_at) as first_clicked_at,
    max(events.occurred_at) as last_clicked_at,
    max(changed.event_rows) as event_rows,
    max(changed.changed_at) as changed_at
from {{ ref('copernica__events') }} as events
join changed on changed.mailing_key = events.mailing_key
where events.kind = 'clicks'
group by events.source_relation, events.mailing_key, events.editor, events.link
