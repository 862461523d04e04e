with events as (
    select
        events.kind,
        events.recipient_key,
        events.occurred_at,
        -- Not every API version names the profile in an event; the recipient always does.
        coalesce(events.profile_id, recipients.profile_id) as profile_id
    from {{ ref('events') }} as events
    left join {{ ref('stg_recipients') }} as recipients using (recipient_key)
),

counted as (
    select
        profile_id,
        count(distinct recipient_key) filter (where kind = 'deliveries') as deliveries,
        count(distinct recipient_key) filter (where kind = 'impressions') as unique_opens,
        count(distinct recipient_key) filter (where kind = 'clicks') as unique_clicks,
        count(distinct recipient_key) filter (where kind = 'errors') as bounces,
        count(distinct recipient_key) filter (where kind = 'unsubscribes') as unsubscribes,
        count(distinct recipient_key) filter (where kind = 'abuses') as complaints,
        max(occurred_at) filter (where kind = 'deliveries') as last_delivered_at,
        max(occurred_at) filter (where kind = 'impressions') as last_opened_at,
        max(occurred_at) filter (where kind = 'clicks') as last_clicked_at
    from events
    where profile_id is not null
    group by profile_id
)

select
    *,
    greatest(last_opened_at, last_clicked_at) as last_engaged_at,
    {{ rate('unique_opens', 'deliveries') }} as unique_open_rate,
    {{ rate('unique_clicks', 'deliveries') }} as unique_click_rate
from counted
