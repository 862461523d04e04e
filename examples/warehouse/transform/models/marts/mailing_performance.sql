with events as (
    select
        mailing_key,
        count(distinct recipient_key) filter (where kind = 'deliveries') as deliveries,
        count(*) filter (where kind = 'impressions') as opens,
        count(distinct recipient_key) filter (where kind = 'impressions') as unique_opens,
        count(*) filter (where kind = 'clicks') as clicks,
        count(distinct recipient_key) filter (where kind = 'clicks') as unique_clicks,
        count(distinct recipient_key) filter (where kind = 'errors') as bounces,
        count(distinct recipient_key) filter (where kind = 'unsubscribes') as unsubscribes,
        count(distinct recipient_key) filter (where kind = 'abuses') as complaints,
        max(occurred_at) as last_event_at
    from {{ ref('events') }}
    group by mailing_key
),

counted as (
    select
        mailings.*,
        coalesce(deliveries, 0) as deliveries,
        coalesce(opens, 0) as opens,
        coalesce(unique_opens, 0) as unique_opens,
        coalesce(clicks, 0) as clicks,
        coalesce(unique_clicks, 0) as unique_clicks,
        coalesce(bounces, 0) as bounces,
        {%- if not loaded('unsubscribes') %}
        case when editor = 'publisher' then coalesce(unsubscribes, 0) end as unsubscribes,
        {%- else %}
        coalesce(unsubscribes, 0) as unsubscribes,
        {%- endif %}
        coalesce(complaints, 0) as complaints,
        last_event_at
    from {{ ref('stg_mailings') }} as mailings
    left join events using (mailing_key)
)

select
    *,
    {{ rate('deliveries', 'recipients') }} as delivery_rate,
    {{ rate('bounces', 'recipients') }} as bounce_rate,
    {{ rate('unique_opens', 'deliveries') }} as unique_open_rate,
    {{ rate('unique_clicks', 'deliveries') }} as unique_click_rate,
    {{ rate('unique_clicks', 'unique_opens') }} as click_to_open_rate,
    {{ rate('unsubscribes', 'deliveries') }} as unsubscribe_rate,
    {{ rate('complaints', 'deliveries') }} as complaint_rate
from counted
