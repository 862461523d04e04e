{#
  A removed profile vanishes from Copernica's lists; that it is gone is known from the stream profile_ids, where that was
  loaded: the newest whole list of its database is without it.
#}
{% set columns = {'id': 'id', 'database': 'id', 'created': 'time', 'modified': 'time', 'removed': 'time'} %}
{% set passed = var('copernica_profile_pass_through_columns', []) %}
{% for column in passed %}
{% do columns.update({column.name: 'text'}) %}
{% endfor %}
{% set consent = var('copernica_consent_column', none) %}
{% if consent %}
{% do columns.update({consent: 'text'}) %}
{% endif %}
{% do columns.update({'_is_profile': 'flag'}) %}

with profiles as (
    {% set selects = [] %}
    {% for account in copernica.accounts() %}
    {% for stream in copernica.streams_like(account, 'profiles_', var('copernica_databases', [])) %}
    {% do selects.append(copernica.stage_relation(account, copernica.stream_relation(account, stream), columns, ['id'], none)) %}
    {% endfor %}
    {% endfor %}
    {{ (selects | join('\nunion all\n') if selects else copernica.stage('profiles', columns)) | indent(4) }}
),

listed as (
    {{ copernica.stage('profile_ids', {'id': 'id', 'database': 'id', 'seen_at': 'time', 'list_size': 'number'}, key=['database', 'id']) | indent(4) }}
),

newest as (
    select source_relation, database_id, max(seen_at) as seen_at
    from listed
    group by source_relation, database_id
),

whole as (
    select newest.source_relation, newest.database_id, newest.seen_at
    from listed
    join newest
      on newest.source_relation = listed.source_relation
     and newest.database_id = listed.database_id
     and newest.seen_at = listed.seen_at
    group by newest.source_relation, newest.database_id, newest.seen_at
    having count(*) = max(listed.list_size)
)

select
    profiles.source_relation,
    {{ copernica.key_prefix() | replace('source_relation', 'profiles.source_relation') }} cast(profiles.id as {{ dbt.type_string() }}) as profile_key,
    profiles.id as profile_id,
    profiles.database_id,
    profiles.created as created_at,
    profiles.modified as modified_at,
    coalesce(
        profiles.removed,
        case when whole.seen_at is not null and listed.id is null and profiles.created < whole.seen_at then whole.seen_at end
    ) as removed_at,
    {%- for column in passed %}
    profiles.{{ column.name | lower }} as {{ column.get('alias') or column.name | lower }},
    {%- endfor %}
    {{ 'profiles.' ~ consent | lower if consent else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as consent,
    profiles.loaded_at
from profiles
left join whole
  on whole.source_relation = profiles.source_relation
 and whole.database_id = profiles.database_id
left join listed
  on listed.source_relation = profiles.source_relation
 and listed.database_id = profiles.database_id
 and listed.id = profiles.id
 and listed.seen_at = whole.seen_at
