{#
  Select the events of a kind of both editors, in the shape of stg_copernica__events.

  since: as given by new_since; only what is new to the table that is being made.
#}
{% macro staged_events(kind, since={}) %}
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
{%- set table = editor.prefix ~ kind %}
{%- set new = since.get(table, {}) %}
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
    {{ copernica.stage(table, columns, since=new) | indent(4) }}
) as {{ table }}
where {{ copernica.is_new(table, ['event_id', 'id'], copernica.event_streams()[table], new) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}

{# What is new to copernica__events: all, where it is made for the first time. #}
{% macro arriving_events() %}
{%- set since = copernica.new_since(copernica.event_streams()) -%}
{%- for kind in copernica.kinds() %}
{{ copernica.staged_events(kind, since) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}

{# What is new to copernica__recipients. #}
{% macro arriving_recipients() %}
{{ copernica.staged_recipients(copernica.new_since(copernica.recipient_streams())) }}
{% endmacro %}

{# The streams of events: which rows of copernica__events are theirs. #}
{% macro event_streams() %}
{%- set found = {} -%}
{%- for editor in copernica.editors() -%}
    {%- for kind in copernica.kinds() -%}
        {%- do found.update({editor.prefix ~ kind: "kind = '" ~ kind ~ "' and editor = '" ~ editor.name ~ "'"}) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(found) }}
{% endmacro %}

{# The streams of recipients: which rows of copernica__recipients are theirs. #}
{% macro recipient_streams() %}
{%- set found = {} -%}
{%- for editor in copernica.editors() -%}
    {%- do found.update({editor.prefix ~ 'destinations': "editor = '" ~ editor.name ~ "'"}) -%}
{%- endfor -%}
{{ return(found) }}
{% endmacro %}

{# Keys begin with the account's name, where there are several. #}
{% macro key_prefix() %}
{%- if var('copernica_sources', []) -%}source_relation || '-' ||{%- endif -%}
{% endmacro %}

{# Select recipients of both editors, in the shape of stg_copernica__recipients; since as above. #}
{% macro staged_recipients(since={}) %}
{%- for editor in copernica.editors() %}
{%- set columns = {
    editor.recipient: 'id',
    'mailing': 'id',
    'profile': 'id',
    'subprofile': 'id',
    'timestampsent': 'time',
} %}
{%- set table = editor.prefix ~ 'destinations' %}
{%- set new = since.get(table, {}) %}
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
    {{ copernica.stage(table, columns, key=[editor.recipient], since=new) | indent(4) }}
) as {{ table }}
where {{ copernica.is_new(table, ['recipient_id', editor.recipient], copernica.recipient_streams()[table], new) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
{% endmacro %}
