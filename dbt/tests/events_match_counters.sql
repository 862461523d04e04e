-- Fails where events are missing, or are there that Copernica does not count.
select mailing_key, kind, read_at, copernica_events, events_at_least, events_at_most
from {{ ref('copernica__counter_differences') }}
where events_differ
