-- Only a warning: Copernica does not say how it tells the people behind its unique counters apart.
{{ config(severity='warn') }}
select mailing_key, kind, read_at, copernica_recipients, recipients_at_least, recipients_at_most
from {{ ref('copernica__counter_differences') }}
where recipients_differ
