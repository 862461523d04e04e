-- What each person's consent went through, in order: each row holds from valid_from until the next one.
with events as (
    {{ copernica.events_of_profiles(
        ['source_relation', 'kind', 'mailing_key', 'event_key', 'occurred_at'], "kind in ('unsubscribes', 'abuses')"
    ) | indent(4) }}
),

changes as (
    select
        source_relation,
        profile_id,
        case when kind = 'unsubscribes' then 'unsubscribed' else 'complained' end as what,
        mailing_key,
        event_key as change_key,
        occurred_at as valid_from,
        false as may_be_mailed
    from events

    union all

    select
        source_relation,
        profile_id,
        'created',
        cast(null as {{ dbt.type_string() }}),
        'created-' || profile_key,
        created_at,
        true
    from {{ ref('stg_copernica__profiles') }}
    where created_at is not null

    union all

    select
        source_relation,
        profile_id,
        'removed',
        cast(null as {{ dbt.type_string() }}),
        'removed-' || profile_key,
        removed_at,
        false
    from {{ ref('stg_copernica__profiles') }}
    where removed_at is not null
    {%- if var('copernica_consent_column', none) %}

    union all

    select
        source_relation,
        profile_id,
        case when wants_mail then 'consented' else 'withdrawn' end,
        cast(null as {{ dbt.type_string() }}),
        reading_key,
        read_at,
        wants_mail
    from {{ ref('copernica__consent_readings') }}
    where not is_first
    {%- endif %}
)

select
    source_relation,
    change_key,
    {{ copernica.key_prefix() }} cast(profile_id as {{ dbt.type_string() }}) as profile_key,
    profile_id,
    what,
    mailing_key,
    valid_from,
    lead(valid_from) over (partition by source_relation, profile_id order by valid_from, change_key) as valid_until,
    case
        when lead(valid_from) over (partition by source_relation, profile_id order by valid_from, change_key) is null then true
        else false
    end as is_current,
    may_be_mailed
from changes
