{{ config(
    materialized='incremental',
    incremental_strategy=copernica.adding_strategy(),
    on_schema_change='append_new_columns',
    pre_hook="{{ copernica.drop_days() }}",
    post_hook="{{ copernica.note_progress() }}",
) }}
{% set days = copernica.touched_days() %}

-- Minutes first: no zone's clock differs from UTC by less, and there are fewer of them to convert.
with minutes as (
    select
        source_relation,
        editor,
        kind,
        {{ dbt.date_trunc('minute', 'occurred_at') }} as at,
        count(*) as events,
        sum(case when is_machine then 1 else 0 end) as machine_events,
        max(occurred_at) as newest_at,
        max(loaded_at) as loaded_at
    from {{ ref('copernica__events') }}
    {%- if days is not none %}
    where {{ copernica.around_days(days) }}
    {%- endif %}
    group by source_relation, editor, kind, {{ dbt.date_trunc('minute', 'occurred_at') }}
),

local as (
    select minutes.*, {{ copernica.local_day('at') }} as day
    from minutes
)

select
    source_relation,
    day,
    editor,
    kind,
    cast(sum(events) as {{ dbt.type_bigint() }}) as events,
    cast(sum(machine_events) as {{ dbt.type_bigint() }}) as machine_events,
    max(newest_at) as newest_at,
    max(loaded_at) as loaded_at
from local
{%- if days is not none %}
where {{ copernica.on_days('day', days) }}
{%- endif %}
group by source_relation, day, editor, kind
