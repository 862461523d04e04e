{% set columns = {
    'id': 'bigint',
    'timestamp': 'timestamp',
    'subject': 'varchar',
    'type': 'varchar',
    'destinations': 'bigint',
} %}

{% for editor in editors() %}
select
    '{{ editor.name }}-' || id as mailing_key,
    '{{ editor.name }}' as editor,
    id as mailing_id,
    "timestamp" as sent_at,
    subject,
    type,
    destinations as recipients
from (
    {{ stream(editor.prefix ~ 'emailings', columns) | indent(4) }}
)
{{ 'union all' if not loop.last }}
{% endfor %}
