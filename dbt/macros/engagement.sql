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
  does, when its day is over. Events and recipients are joined only where there are such events, and only those that can
  match: of 50 million, a warehouse would keep half in memory for nothing.

  columns: which columns of the event.
  condition: on the event; none: all events.
  profiles: SQL of the profiles that are wanted; none: all.
#}
{% macro events_of_profiles(columns, condition=none, profiles=none) %}
{%- set nameless = 'select recipient_key from ' ~ ref('copernica__events') ~ ' where profile_id is null and '
    ~ (condition or '1 = 1') -%}
select profile_id{% for column in columns %}, {{ column }}{% endfor %}
from {{ ref('copernica__events') }}
where profile_id is not null
  and {{ condition or '1 = 1' }}
  {%- if profiles %}
  and profile_id in ({{ profiles }})
  {%- endif %}
{%- if not copernica.asks() or load_relation(ref('copernica__events')) is none or run_query(nameless ~ ' limit 1').rows %}

union all

select recipients.profile_id{% for column in columns %}, events.{{ column }}{% endfor %}
from (
    select * from {{ ref('copernica__events') }}
    where profile_id is null
      and {{ condition or '1 = 1' }}
      {%- if profiles %}
      and recipient_key in (
        select recipient_key from {{ ref('copernica__recipients') }} where profile_id in ({{ profiles }})
      )
      {%- endif %}
) as events
join {{ ref('copernica__recipients') }} as recipients
  on recipients.recipient_key = events.recipient_key
where recipients.profile_id is not null
  {%- if profiles %}
  and recipients.profile_id in ({{ profiles }})
  {%- elif condition %}
  and recipients.recipient_key in ({{ nameless }})
  {%- endif %}
{%- endif %}
{% endmacro %}

{#
  SQL of the profiles whose events may be others than when copernica__engagement was made.

  new: SQL of a condition: the events that may be new to it. Where that is known, so is it of recipients.
#}
{% macro touched_profiles(new) %}
select profile_id
from ({{ copernica.events_of_profiles([], new) }}) as of_events

union all

select profile_id from {{ copernica.erasure_relation('copernica_detached') }}

union all

select profile_id
from {{ ref('copernica__recipients') }}
where profile_id is not null
  and {{ copernica.newly_added('copernica__recipients') }}
{% endmacro %}

{# Hook: put the profiles that are counted anew into a table of their own, where these are not all. #}
{% macro gather_profiles() %}
{%- set new = copernica.newly_added('copernica__events') -%}
{{ 'select 1' if new is none else copernica.gather('profiles', copernica.touched_profiles(new)) }}
{% endmacro %}

{# SQL of the profiles that are counted anew. None: all. #}
{% macro gathered_profiles() %}
{%- set new = copernica.newly_added('copernica__events') -%}
{%- if new is none -%}
    {{ return(none) }}
{%- elif not copernica.asks() -%}
    {{ return(copernica.touched_profiles(new)) }}
{%- endif -%}
{{ return('select profile_id from ' ~ copernica.arriving_relation('profiles')) }}
{% endmacro %}

{# Hook: delete the profiles that are counted anew. #}
{% macro drop_profiles() %}
{%- set gathered = copernica.gathered_profiles() -%}
{%- if not copernica.adds() -%}
select 1
{%- elif gathered is none -%}
delete from {{ this }} where 1 = 1
{%- else -%}
delete from {{ this }} where profile_id in ({{ gathered }})
{%- endif -%}
{% endmacro %}
