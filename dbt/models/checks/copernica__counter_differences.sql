{#
  Where the loaded events differ from what Copernica counted: mailing, kind and the numbers.

  Of each mailing and kind, the newest counters are taken that events have been loaded beyond, by
  copernica_margin_minutes. When exactly they were counted is not known, nor how late an event shows: those within the
  margin around it may be missing from the counters, or be in them.
#}
{% set margin = var('copernica_margin_minutes', 60) %}

with loaded as (
    select source_relation, {{ dbt.dateadd('minute', -1 * margin, 'max(occurred_at)') }} as until_at
    from {{ ref('copernica__events') }}
    group by source_relation
),

ranked as (
    select
        readings.*,
        row_number() over (partition by readings.mailing_key, readings.kind order by readings.read_at desc) as place
    from {{ ref('copernica__counter_readings') }} as readings
    join loaded on loaded.source_relation = readings.source_relation
    where readings.read_at <= loaded.until_at
      {%- for editor in copernica.editors() %}
      {%- for kind in copernica.kinds() if not copernica.has_stream(editor.prefix ~ kind) %}
      and not (readings.editor = '{{ editor.name }}' and readings.kind = '{{ kind }}') -- no account has the stream
      {%- endfor %}
      {%- endfor %}
),

readings as (
    select * from ranked where place = 1
),

compared as (
    select
        readings.source_relation,
        readings.mailing_key,
        readings.kind,
        readings.read_at,
        max(readings.events) as copernica_events,
        max(readings.recipients) as copernica_recipients,
        {%- for name, sign, compares in [('at_least', -1, '<'), ('at_most', 1, '<=')] %}
        {%- set bound = 'events.occurred_at ' ~ compares ~ ' ' ~ dbt.dateadd('minute', sign * margin, 'readings.read_at') %}
        count(case when {{ bound }} then events.event_key end) as events_{{ name }},
        count(distinct case when {{ bound }} then events.recipient_key end) as recipients_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from readings
    left join {{ ref('copernica__events') }} as events
      on events.mailing_key = readings.mailing_key and events.kind = readings.kind
    group by readings.source_relation, readings.mailing_key, readings.kind, readings.read_at
)

select
    compared.*,
    case when copernica_events not between events_at_least and events_at_most then true else false end as events_differ,
    case when copernica_recipients not between recipients_at_least and recipients_at_most then true else false end as recipients_differ
from compared
where copernica_events not between events_at_least and events_at_most
   or copernica_recipients not between recipients_at_least and recipients_at_most
