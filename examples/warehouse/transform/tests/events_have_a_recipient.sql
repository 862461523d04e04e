-- Recipients are read by whole days; up to the newest one, each event of a known mailing has its own.
with newest as (
    select editor, max(sent_at) as sent_at from {{ ref('stg_recipients') }} group by editor
)

select events.*
from {{ ref('events') }} as events
join {{ ref('stg_mailings') }} using (mailing_key)
join newest on newest.editor = events.editor and events.occurred_at <= newest.sent_at
where not exists (
    select 1 from {{ ref('stg_recipients') }} as recipients where recipients.recipient_key = events.recipient_key
)
