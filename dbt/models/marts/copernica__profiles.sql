{% set passed = var('copernica_profile_pass_through_columns', []) %}
{% set uniques = {
    'deliveries': "kind = 'deliveries'",
    'unique_opens': "kind = 'impressions'",
    'unique_opens_by_people': "kind = 'impressions' and coalesce(is_machine, false) = false",
    'unique_clicks': "kind = 'clicks'",
    'bounces': "kind = 'errors'",
    'unsubscribes': "kind = 'unsubscribes'",
    'complaints': "kind = 'abuses'",
} %}
{% set newest = {
    'last_delivered_at': 'deliveries',
    'last_opened_at': 'impressions',
    'last_clicked_at': 'clicks',
    'last_unsubscribed_at': 'unsubscribes',
} %}

-- Not every API version names the profile in an event; the recipient does, when its day is over.
with messages as (
    select
        events.source_relation,
        coalesce(events.profile_id, recipients.profile_id) as profile_id,
        events.recipient_key,
        {%- for name, condition in uniques.items() %}
        max(case when {{ condition }} then 1 else 0 end) as {{ name }},
        {%- endfor %}
        {%- for name, kind in newest.items() %}
        max(case when kind = '{{ kind }}' then occurred_at end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('copernica__events') }} as events
    left join {{ ref('copernica__recipients') }} as recipients
      on recipients.recipient_key = events.recipient_key
    where coalesce(events.profile_id, recipients.profile_id) is not null
    group by events.source_relation, coalesce(events.profile_id, recipients.profile_id), events.recipient_key
),

engaged as (
    select
        source_relation,
        profile_id,
        {%- for name in uniques %}
        cast(sum({{ name }}) as {{ dbt.type_bigint() }}) as {{ name }},
        {%- endfor %}
        {%- for name in newest %}
        max({{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from messages
    group by source_relation, profile_id
),

people as (
    select
        coalesce(profiles.source_relation, engaged.source_relation) as source_relation,
        coalesce(profiles.profile_id, engaged.profile_id) as profile_id,
        profiles.database_id,
        profiles.created_at,
        profiles.modified_at,
        profiles.removed_at,
        {%- for column in passed %}
        profiles.{{ column.get('alias') or column.name | lower }},
        {%- endfor %}
        {%- for name in uniques %}
        coalesce(engaged.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        {%- for name in newest %}
        engaged.{{ name }},
        {%- endfor %}
        {{ copernica.later('engaged.last_opened_at', 'engaged.last_clicked_at') }} as last_engaged_at
    from {{ ref('stg_copernica__profiles') }} as profiles
    full outer join engaged
      on engaged.source_relation = profiles.source_relation and engaged.profile_id = profiles.profile_id
)

select
    source_relation,
    {{ copernica.key_prefix() }} cast(profile_id as {{ dbt.type_string() }}) as profile_key,
    profile_id,
    database_id,
    created_at,
    modified_at,
    removed_at,
    {%- for column in passed %}
    {{ column.get('alias') or column.name | lower }},
    {%- endfor %}
    {%- for name in uniques %}
    {{ name }},
    {%- endfor %}
    {%- for name in newest %}
    {{ name }},
    {%- endfor %}
    last_engaged_at,
    {{ copernica.rate('unique_opens', 'deliveries') }} as unique_open_rate,
    {{ copernica.rate('unique_clicks', 'deliveries') }} as unique_click_rate
from people
