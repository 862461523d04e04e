{% set passed = var('copernica_profile_pass_through_columns', []) %}
{% set counts, times = copernica.profile_counts(), copernica.profile_times() %}

with people as (
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
        {%- for name in counts %}
        coalesce(engaged.{{ name }}, 0) as {{ name }},
        {%- endfor %}
        {%- for name in times %}
        engaged.{{ name }},
        {%- endfor %}
        {{ copernica.later('engaged.last_opened_at', 'engaged.last_clicked_at') }} as last_engaged_at
    from {{ ref('stg_copernica__profiles') }} as profiles
    full outer join {{ ref('copernica__engagement') }} as engaged
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
    {%- for name in counts %}
    {{ name }},
    {%- endfor %}
    {%- for name in times %}
    {{ name }},
    {%- endfor %}
    last_engaged_at,
    {{ copernica.rate('unique_opens', 'deliveries') }} as unique_open_rate,
    {{ copernica.rate('unique_clicks', 'deliveries') }} as unique_click_rate
from people
