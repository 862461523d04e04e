{{ config(
    materialized='incremental',
    incremental_strategy=copernica.adding_strategy(),
    on_schema_change='append_new_columns',
    pre_hook="{{ copernica.drop_stale(
        copernica.mailing_signature(), also=['unsubscribes_known', 'loaded_at'], candidates=copernica.touched_mailings()
    ) }}",
    post_hook="{{ copernica.note_progress() }}",
    indexes=copernica.indexes([['mailing_key']]),
) }}

{% set counted = {
    'deliveries': "kind = 'deliveries'",
    'unique_opens': "kind = 'impressions'",
    'unique_opens_by_people': "kind = 'impressions' and coalesce(is_machine, false) = false",
    'unique_clicks': "kind = 'clicks'",
    'unique_clicks_by_people': "kind = 'clicks' and coalesce(is_machine, false) = false",
    'bounces': "kind = 'errors'",
    'unsubscribes': "kind = 'unsubscribes'",
    'complaints': "kind = 'abuses'",
} %}

with changed as (
    {{ copernica.changed_mailings(copernica.mailing_signature(), ['unsubscribes_known', 'loaded_at']) | indent(4) }}
),

-- One row per message first: a recipient counts once, however often they did it.
messages as (
    select
        events.mailing_key,
        events.recipient_id,
        {%- for name, condition in counted.items() %}
        max(case when {{ condition }} then 1 else 0 end) as {{ name }},
        {%- endfor %}
        sum(case when kind = 'impressions' then 1 else 0 end) as opens,
        sum(case when kind = 'clicks' then 1 else 0 end) as clicks,
        count(is_machine) as judged,
        max(occurred_at) as last_event_at
    from {{ ref('copernica__events') }} as events
    where events.mailing_key in (select mailing_key from changed)
    group by events.mailing_key, events.recipient_id
),

counts as (
    select
        mailing_key,
        {%- for name in counted %}
        {%- if name in ['unique_opens', 'unique_clicks'] %}
        sum({{ name[7:] }}) as {{ name[7:] }},
        {%- endif %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        sum(judged) as judged,
        max(last_event_at) as last_event_at
    from messages
    group by mailing_key
),

mailings as (
    select
        mailings.source_relation,
        mailings.mailing_key,
        mailings.editor,
        mailings.mailing_id,
        mailings.sent_at,
        {{ copernica.local_day('mailings.sent_at') }} as sent_on,
        mailings.subject,
        mailings.mailing_type,
        mailings.template_id,
        mailings.recipients,
        {%- for name in ['deliveries', 'opens', 'unique_opens', 'clicks', 'unique_clicks', 'bounces', 'complaints'] %}
        cast(coalesce(counts.{{ name }}, 0) as {{ dbt.type_bigint() }}) as {{ name }},
        {%- endfor %}
        {%- for name in ['unique_opens_by_people', 'unique_clicks_by_people'] %}
        case when counts.judged > 0 then cast(counts.{{ name }} as {{ dbt.type_bigint() }}) end as {{ name }},
        {%- endfor %}
        case when changed.unsubscribes_known then cast(coalesce(counts.unsubscribes, 0) as {{ dbt.type_bigint() }}) end as unsubscribes,
        changed.unsubscribes_known,
        counts.last_event_at,
        changed.loaded_at,
        changed.event_rows,
        changed.changed_at
    from {{ ref('stg_copernica__mailings') }} as mailings
    join changed on changed.mailing_key = mailings.mailing_key
    left join counts on counts.mailing_key = mailings.mailing_key
)

select
    source_relation,
    mailing_key,
    editor,
    mailing_id,
    sent_at,
    sent_on,
    subject,
    mailing_type,
    template_id,
    recipients,
    deliveries,
    opens,
    unique_opens,
    unique_opens_by_people,
    clicks,
    unique_clicks,
    unique_clicks_by_people,
    bounces,
    unsubscribes,
    complaints,
    last_event_at,
    {{ copernica.rate('deliveries', 'recipients') }} as delivery_rate,
    {{ copernica.rate('bounces', 'recipients') }} as bounce_rate,
    {{ copernica.rate('unique_opens', 'deliveries') }} as unique_open_rate,
    {{ copernica.rate('unique_opens_by_people', 'deliveries') }} as unique_open_rate_by_people,
    {{ copernica.rate('unique_clicks', 'deliveries') }} as unique_click_rate,
    {{ copernica.rate('unique_clicks_by_people', 'deliveries') }} as unique_click_rate_by_people,
    {{ copernica.rate('unique_clicks', 'unique_opens') }} as click_to_open_rate,
    {{ copernica.rate('unsubscribes', 'deliveries') }} as unsubscribe_rate,
    {{ copernica.rate('complaints', 'deliveries') }} as complaint_rate,
    unsubscribes_known,
    loaded_at,
    event_rows,
    changed_at
from mailings
