{#
  Select the events of a kind, of both editors.

  own: the type of each column that only this kind has, by its name.
#}
{% macro staged_events(kind, own={}) %}
{%- for editor in editors() %}
{%- set columns = {
    'id': 'bigint',
    editor.mailing: 'bigint',
    'destination': 'bigint',
    'profile': 'bigint',
    'timestamp': 'timestamp',
} %}
{%- do columns.update(own) %}
select
    '{{ editor.name }}-' || id as event_key,
    '{{ editor.name }}' as editor,
    '{{ editor.name }}-' || {{ editor.mailing }} as mailing_key,
    '{{ editor.name }}-' || destination as recipient_key,
    profile as profile_id,
    {%- for column in own %}
    {{ column }},
    {%- endfor %}
    "timestamp" as occurred_at
from (
    {{ stream(editor.prefix ~ kind, columns) | indent(4) }}
)
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}
