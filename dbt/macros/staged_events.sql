{#
  Select the events of a kind of both editors, in the shape of stg_copernica__events.

  adding: only what is new to the table that is being made.
#}
{% macro staged_events(kind, adding=false) %}
{%- for editor in copernica.editors() %}
{%- set columns = {
    'id': 'id',
    editor.mailing: 'id',
    'destination': 'id',
    'profile': 'id',
    'timestamp': 'time',
} %}
{%- for name in copernica.kinds()[kind] %}
{%- do columns.update({name: 'flag' if name == 'is_machine' else 'text'}) %}
{%- endfor %}
{%- set since = copernica.new_since("editor = '" ~ editor.name ~ "' and kind = '" ~ kind ~ "'") if adding else {} %}
select
    source_relation,
    {{ copernica.key_prefix() }} '{{ editor.name }}-{{ kind }}-' || cast(id as {{ dbt.type_string() }}) as event_key,
    {{ copernica.key_prefix() }} '{{ editor.name }}-' || cast({{ editor.mailing }} as {{ dbt.type_string() }}) as mailing_key,
    {{ copernica.key_prefix() }} '{{ editor.name }}-' || cast(destination as {{ dbt.type_string() }}) as recipient_key,
    '{{ editor.name }}' as editor,
    '{{ kind }}' as kind,
    id as event_id,
    {{ editor.mailing }} as mailing_id,
    destination as recipient_id,
    profile as profile_id,
    occurred_at,
    {{ 'is_machine' if 'is_machine' in columns else 'cast(null as ' ~ dbt.type_boolean() ~ ')' }} as is_machine,
    {%- for name, alias in {'link': 'link', 'device': 'device', 'errorcode': 'error_code', 'errortype': 'error_type'}.items() %}
    {{ name if name in columns else 'cast(null as ' ~ dbt.type_string() ~ ')' }} as {{ alias }},
    {%- endfor %}
    loaded_at
from (
    {{ copernica.stage(editor.prefix ~ kind, columns, since=since) | indent(4) }}
) as {{ editor.prefix ~ kind }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}

{# Keys begin with the account's name, where there are several. #}
{% macro key_prefix() %}
{%- if var('copernica_sources', []) -%}source_relation || '-' ||{%- endif -%}
{% endmacro %}

{# Select recipients of both editors, in the shape of stg_copernica__recipients; adding as above. #}
{% macro staged_recipients(adding=false) %}
{%- for editor in copernica.editors() %}
{%- set columns = {
    editor.recipient: 'id',
    'mailing': 'id',
    'profile': 'id',
    'subprofile': 'id',
    'timestampsent': 'time',
} %}
{%- set since = copernica.new_since("editor = '" ~ editor.name ~ "'") if adding else {} %}
select
    source_relation,
    {{ copernica.key_prefix() }} '{{ editor.name }}-' || cast({{ editor.recipient }} as {{ dbt.type_string() }}) as recipient_key,
    {{ copernica.key_prefix() }} '{{ editor.name }}-' || cast(mailing as {{ dbt.type_string() }}) as mailing_key,
    '{{ editor.name }}' as editor,
    {{ editor.recipient }} as recipient_id,
    mailing as mailing_id,
    profile as profile_id,
    subprofile as subprofile_id,
    sent_at,
    loaded_at
from (
    {{ copernica.stage(editor.prefix ~ 'destinations', columns, key=[editor.recipient], since=since) | indent(4) }}
) as {{ editor.prefix ~ 'destinations' }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}
