{% for editor in editors() %}
{% set columns = {editor.mailing: 'bigint', '_sdc_extracted_at': 'timestamp'} %}
{% for kind in kinds() %}
{% do columns.update({kind ~ '__total': 'bigint', kind ~ '__unique': 'bigint'}) %}
{% endfor %}

{% set statistics %}
    {{ stream(editor.prefix ~ 'emailing_statistics', columns, key=editor.mailing) | indent(4) }}
{% endset %}
{% for kind in kinds() %}
select
    '{{ editor.name }}-' || {{ editor.mailing }} as mailing_key,
    '{{ editor.name }}' as editor,
    '{{ kind }}' as kind,
    {{ kind }}__total as events,
    {{ kind }}__unique as recipients,
    _sdc_extracted_at as read_at
from ({{ statistics }})
{{ 'union all' if not loop.last }}
{% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
