{#
  Select where a count of events differs from what Copernica counted.

  Of each mailing and kind, the newest counters are taken that events have been loaded beyond, by margin_minutes. When
  exactly they were counted is not known, nor how late an event shows: those within the margin around it may be missing
  from the counters, or be in them.

  counter: the column of counter_readings.
  counted: what is counted of the events, in SQL.
#}
{% macro differing_counts(counter, counted) %}
with loaded as (
    select max(occurred_at) - interval '{{ var("margin_minutes") }} minutes' as until from {{ ref('events') }}
),

readings as (
    select *
    from {{ ref('counter_readings') }}
    where read_at <= (select until from loaded)
      and {{ counter }} is not null
      {%- for editor in editors() %}
      {%- for kind in kinds() if not loaded(editor.prefix ~ kind) %}
      and not (editor = '{{ editor.name }}' and kind = '{{ kind }}') -- the account has no such stream
      {%- endfor %}
      {%- endfor %}
    qualify row_number() over (partition by mailing_key, kind order by read_at desc) = 1
),

compared as (
    select
        readings.mailing_key,
        readings.kind,
        readings.read_at,
        any_value(readings.{{ counter }}) as copernica_counts,
        {{ counted }} filter (
            where occurred_at < read_at - interval '{{ var("margin_minutes") }} minutes'
        ) as at_least,
        {{ counted }} filter (
            where occurred_at <= read_at + interval '{{ var("margin_minutes") }} minutes'
        ) as at_most
    from readings
    left join {{ ref('events') }} using (mailing_key, kind)
    group by readings.mailing_key, readings.kind, readings.read_at
)

select * from compared where copernica_counts not between at_least and at_most
{% endmacro %}
