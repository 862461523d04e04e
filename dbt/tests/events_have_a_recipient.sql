-- Recipients are read by whole days; up to the newest one, each event of a known mailing has its own.
with newest as (
    select source_relation, editor, max(sent_at) as sent_at
    from {{ ref('copernica__recipients') }}
    group by source_relation, editor
)

select events.event_key, events.mailing_key, events.recipient_key
from {{ ref('copernica__events') }} as events
join {{ ref('stg_copernica__mailings') }} as mailings on mailings.mailing_key = events.mailing_key
join newest
  on newest.source_relation = events.source_relation
 and newest.editor = events.editor
 and events.occurred_at <= newest.sent_at
left join {{ ref('copernica__recipients') }} as recipients on recipients.recipient_key = events.recipient_key
where recipients.recipient_key is null
