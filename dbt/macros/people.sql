{#
  People who must not be in the models, whatever the loader brings again: the table copernica_denied_people in the schema
  of the models, if there is one, with the columns source_relation (empty for the only account) and profile_id.

  What a profile did still counts for its mailings; the reference to the profile is null, and the profile has no row.
#}
{% macro denied_people() %}
{%- if not copernica.asks() -%}
    {{ return(none) }}
{%- endif -%}
{{ return(adapter.get_relation(database=target.database, schema=target.schema, identifier='copernica_denied_people')) }}
{% endmacro %}

{# A column of a stream, null where it names a denied profile. #}
{% macro person_column(account, name, value) %}
{%- set denied = copernica.denied_people() if name == 'profile' else none -%}
{%- if denied -%}
case when {{ value }} in (
    select profile_id from {{ denied }} where source_relation = '{{ account.name }}'
) then null else {{ value }} end
{%- else -%}
{{ value }}
{%- endif -%}
{% endmacro %}

{# Which rows of a stream are left out: those of denied profiles' own tables. #}
{% macro person_condition(account, columns) %}
{%- set denied = copernica.denied_people() if columns.get('_is_profile') else none -%}
{%- if denied -%}
id not in (select profile_id from {{ denied }} where source_relation = '{{ account.name }}')
{%- else -%}
1 = 1
{%- endif -%}
{% endmacro %}
