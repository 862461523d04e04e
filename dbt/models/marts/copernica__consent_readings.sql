{#
  What the profiles' consent column said, each time that it said something new. The loaded profiles have the newest value
  only, so this table is kept when others are made anew.
#}
{{ config(
    materialized='incremental',
    incremental_strategy=copernica.adding_strategy(),
    full_refresh=false,
    enabled=var('copernica_consent_column', none) is not none,
) }}

with now_there as (
    select
        source_relation,
        profile_key,
        profile_id,
        consent,
        case when lower(trim(consent)) in (
            {%- for value in var('copernica_consent_values', []) %}'{{ value | lower }}'{{ ', ' if not loop.last }}{% endfor -%}
        ) then true else false end as wants_mail,
        modified_at as read_at
    from {{ ref('stg_copernica__profiles') }}
    where modified_at is not null
)
{%- if copernica.adds() %},

newest as (
    select profile_key, wants_mail, read_at
    from (
        select
            profile_key,
            wants_mail,
            read_at,
            row_number() over (partition by profile_key order by read_at desc) as place
        from {{ this }}
    ) as known
    where place = 1
)
{%- endif %}

select
    now_there.source_relation,
    'consent-' || now_there.profile_key || '-' || cast(now_there.read_at as {{ dbt.type_string() }}) as reading_key,
    now_there.profile_key,
    now_there.profile_id,
    now_there.consent,
    now_there.wants_mail,
    now_there.read_at,
    {{ 'newest.profile_key is null' if copernica.adds() else 'true' }} as is_first
from now_there
{%- if copernica.adds() %}
left join newest on newest.profile_key = now_there.profile_key
where newest.profile_key is null
   or (newest.wants_mail <> now_there.wants_mail and newest.read_at < now_there.read_at)
{%- endif %}
