{% set columns = {'profile': 'bigint', 'subprofile': 'bigint', 'mailing': 'bigint', 'timestampsent': 'timestamp'} %}
{# What events call a recipient: of HTML mailings it is not the key. #}
{% set number = {'marketing_suite': 'id', 'publisher': 'internal'} %}

{% for editor in editors() %}
select
    '{{ editor.name }}-' || {{ number[editor.name] }} as recipient_key,
    '{{ editor.name }}' as editor,
    '{{ editor.name }}-' || mailing as mailing_key,
    profile as profile_id,
    subprofile as subprofile_id,
    timestampsent as sent_at
from (
    {{ stream(editor.prefix ~ 'destinations', dict(columns, **{number[editor.name]: 'bigint'})) | indent(4) }}
)
{{ 'union all' if not loop.last }}
{% endfor %}
