{# What a profile's messages are counted for: each message once. #}
{% macro profile_counts() %}
{{ return({
    'deliveries': "kind = 'deliveries'",
    'unique_opens': "kind = 'impressions'",
    'unique_opens_by_people': "kind = 'impressions' and coalesce(is_machine, false) = false",
    'unique_clicks': "kind = 'clicks'",
    'bounces': "kind = 'errors'",
    'unsubscribes': "kind = 'unsubscribes'",
    'complaints': "kind = 'abuses'",
}) }}
{% endmacro %}

{# Of which kinds of events the newest is told. #}
{% macro profile_times() %}
{{ return({
    'last_delivered_at': 'deliveries',
    'last_opened_at': 'impressions',
    'last_clicked_at': 'clicks',
    'last_unsubscribed_at': 'unsubscribes',
}) }}
{% endmacro %}

{#
  SQL of events with the profile that they are of. Not every API version names the profile in an event; the recipient
  does, when its day is over.

  columns: which columns of the event.
  condition: on the event.
  profiles: SQL of the profiles that are wanted; none: all.
#}
{% macro events_of_profiles(columns, condition='1 = 1', profiles=none) %}
select profile_id{% for column in columns %}, {{ column }}{% endfor %}
from {{ ref('copernica__events') }}
where profile_id is not null
  and {{ condition }}
  {%- if profiles %}
  and profile_id in ({{ profiles }})
  {%- endif %}

union all

select recipients.profile_id{% for column in columns %}, events.{{ column }}{% endfor %}
from (
    select * from {{ ref('copernica__events') }}
    where profile_id is null
      and {{ condition }}
) as events
join {{ ref('copernica__recipients') }} as recipients
  on recipients.recipient_key = events.recipient_key
where recipients.profile_id is not null
  {%- if profiles %}
  and recipients.profile_id in ({{ profiles }})
  {%- endif %}
{% endmacro %}

{# SQL of the profiles whose events may be others than when copernica__engagement was made. None: all. #}
{% macro touched_profiles() %}
{%- set events = copernica.newly_added('copernica__events') -%}
{%- set recipients = copernica.newly_added('copernica__recipients') -%}
{%- if events is none -%}
    {{ return(none) }}
{%- endif -%}
{%- set text -%}
select profile_id from ({{ copernica.events_of_profiles([], events) }}) as of_events
union all
select profile_id from {{ copernica.erasure_relation('copernica_detached') }}
{%- if recipients is not none %}
union all
select profile_id from {{ ref('copernica__recipients') }} where profile_id is not null and {{ recipients }}
{%- endif %}
{%- endset -%}
{{ return(text) }}
{% endmacro %}

{# Hook: delete the profiles that are counted anew. #}
{% macro drop_profiles() %}
{%- set touched = copernica.touched_profiles() if copernica.adds() else none -%}
{%- if not copernica.adds() -%}
select 1
{%- elif touched is none -%}
delete from {{ this }} where 1 = 1
{%- else -%}
delete from {{ this }} where profile_id in ({{ touched }})
{%- endif -%}
{% endmacro %}
