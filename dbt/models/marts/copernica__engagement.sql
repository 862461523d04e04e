{{ config(
    materialized='incremental',
    incremental_strategy=copernica.adding_strategy(),
    on_schema_change='append_new_columns',
    pre_hook=["{{ copernica.gather_profiles() }}", "{{ copernica.drop_profiles() }}"],
    post_hook=[
        "{{ copernica.note_progress(['copernica__events', 'copernica__recipients']) }}",
        "{{ copernica.forget_detached() }}",
        "{{ copernica.scatter('profiles') }}",
    ],
    indexes=copernica.indexes([['profile_id']]),
) }}
{% set counts, times = copernica.profile_counts(), copernica.profile_times() %}

with messages as (
    select
        source_relation,
        profile_id,
        editor,
        recipient_id,
        {%- for name, condition in counts.items() %}
        max(case when {{ condition }} then 1 else 0 end) as {{ name }},
        {%- endfor %}
        {%- for name, kind in times.items() %}
        max(case when kind = '{{ kind }}' then occurred_at end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ copernica.events_of_profiles(
            ['source_relation', 'editor', 'recipient_id', 'kind', 'is_machine', 'occurred_at'],
            profiles=copernica.gathered_profiles()
        ) | indent(8) }}
    ) as events
    group by source_relation, profile_id, editor, recipient_id
)

select
    source_relation,
    {{ copernica.key_prefix() }} cast(profile_id as {{ dbt.type_string() }}) as profile_key,
    profile_id,
    {%- for name in counts %}
    cast(sum({{ name }}) as {{ dbt.type_bigint() }}) as {{ name }},
    {%- endfor %}
    {%- for name in times %}
    max({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from messages
group by source_relation, profile_id
