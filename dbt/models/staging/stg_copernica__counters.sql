{% for editor in copernica.editors() %}
{% set columns = {editor.mailing: 'id', '_sdc_extracted_at': 'time'} %}
{% for kind in copernica.kinds() %}
{% do columns.update({kind ~ '__total': 'number', kind ~ '__unique': 'number'}) %}
{% endfor %}
{% set statistics = copernica.stage(editor.prefix ~ 'emailing_statistics', columns, key=[editor.mailing]) %}
{% for kind in copernica.kinds() %}
select
    source_relation,
    {{ copernica.key_prefix() }} '{{ editor.name }}-' || cast({{ editor.mailing }} as {{ dbt.type_string() }}) as mailing_key,
    '{{ editor.name }}' as editor,
    '{{ kind }}' as kind,
    {{ kind }}__total as events,
    {{ kind }}__unique as recipients,
    _sdc_extracted_at as read_at
from (
    {{ statistics | indent(4) }}
) as {{ editor.prefix ~ kind }}
{{ 'union all' if not loop.last }}
{% endfor %}
{{ 'union all' if not loop.last }}
{% endfor %}
