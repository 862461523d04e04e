{#
  The two editors of mailings: the prefix of their streams, and what their events call a mailing.

  Ids are unique within an editor only, so keys begin with its name.
#}
{% macro editors() %}
{{ return([
    {'name': 'marketing_suite', 'prefix': '', 'mailing': 'mailing'},
    {'name': 'publisher', 'prefix': 'publisher_', 'mailing': 'emailing'},
]) }}
{% endmacro %}

{# The kinds of events, as Copernica calls them. #}
{% macro kinds() %}
{{ return(['deliveries', 'impressions', 'clicks', 'errors', 'unsubscribes', 'abuses']) }}
{% endmacro %}
