{% for kind in copernica.kinds() %}
{{ copernica.staged_events(kind) }}
{{ 'union all' if not loop.last }}
{% endfor %}
