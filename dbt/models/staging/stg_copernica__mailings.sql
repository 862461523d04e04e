{% set columns = {
    'id': 'id',
    'timestamp': 'time',
    'subject': 'text',
    'type': 'text',
    'template': 'id',
    'destinations': 'number',
} %}

{% for editor in copernica.editors() %}
select
    source_relation,
    {{ copernica.key_prefix() }} '{{ editor.name }}-' || cast(id as {{ dbt.type_string() }}) as mailing_key,
    '{{ editor.name }}' as editor,
    id as mailing_id,
    occurred_at as sent_at,
    subject,
    mailing_type,
    template as template_id,
    destinations as recipients,
    loaded_at
from (
    {{ copernica.stage(editor.prefix ~ 'emailings', columns) | indent(4) }}
) as {{ editor.prefix ~ 'emailings' }}
{{ 'union all' if not loop.last }}
{% endfor %}
