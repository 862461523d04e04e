{#
  The days of the account's calendar of which events may be new to copernica__daily, as texts. None: all days.
#}
{% macro touched_days() %}
{%- set new = copernica.newly_added('copernica__events') -%}
{%- if new is none -%}
    {{ return(none) }}
{%- endif -%}
{%- if not copernica.asks() -%}
    {{ return(['2024-01-01']) }}
{%- endif -%}
{%- set minutes = 'select distinct ' ~ dbt.date_trunc('minute', 'occurred_at') ~ ' as at from ' ~ ref('copernica__events') ~ ' where ' ~ new -%}
{%- set found = [] -%}
{%- for row in run_query('select distinct ' ~ copernica.local_day('at') ~ ' as day from (' ~ minutes ~ ') as minutes').rows -%}
    {%- do found.append((row[0] | string)[:10]) -%}
{%- endfor -%}
{{ return(found | sort) }}
{% endmacro %}

{#
  SQL of a condition on occurred_at: it lies on one of these days, or up to a day beside. Days in a row are one period,
  so that a warehouse can skip what lies outside.
#}
{% macro around_days(days) %}
{%- set periods = [] -%}
{%- set one = modules.datetime.timedelta(days=1) -%}
{%- for text in days -%}
    {%- set day = modules.datetime.datetime.strptime(text, '%Y-%m-%d') -%}
    {%- if periods and periods[-1][1] >= day - one -%}
        {%- do periods[-1].append(day + one + one) -%}
        {%- do periods[-1].pop(1) -%}
    {%- else -%}
        {%- do periods.append([day - one, day + one + one]) -%}
    {%- endif -%}
{%- endfor -%}
{%- set conditions = [] -%}
{%- for begin, end in periods -%}
    {%- do conditions.append(
        '(occurred_at >= ' ~ copernica.moment(begin | string) ~ ' and occurred_at < ' ~ copernica.moment(end | string) ~ ')'
    ) -%}
{%- endfor -%}
{{ return('(' ~ conditions | join(' or ') ~ ')' if conditions else '1 = 0') }}
{% endmacro %}

{# SQL of a condition: a day is one of these. #}
{% macro on_days(column, days) -%}
{%- if days -%}
{{ column }} in ({% for day in days %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %})
{%- else -%}
1 = 0
{%- endif -%}
{%- endmacro %}

{# Hook: delete the days that are counted anew. #}
{% macro drop_days() %}
{%- set days = copernica.touched_days() -%}
{%- if not copernica.adds() -%}
select 1
{%- elif days is none -%}
delete from {{ this }} where 1 = 1
{%- else -%}
delete from {{ this }} where {{ copernica.on_days('day', days) }}
{%- endif -%}
{% endmacro %}
