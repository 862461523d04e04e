{#
  The accounts to read: the name, database and schema of each.

  One account without a name, unless copernica_sources lists several. Names begin the keys and are in source_relation.
#}
{% macro accounts() %}
{%- set named = var('copernica_sources', []) -%}
{%- if not named -%}
    {%- set named = [{'name': '', 'schema': var('copernica_schema', 'copernica'), 'database': var('copernica_database', none)}] -%}
{%- endif -%}
{%- set found = [] -%}
{%- for account in named -%}
    {%- do found.append({
        'name': account.name,
        'schema': account.schema,
        'database': account.get('database') or target.database,
        'prefix': account.name ~ '-' if account.name else '',
    }) -%}
{%- endfor -%}
{{ return(found) }}
{% endmacro %}

{#
  The two editors of mailings: the prefix of their streams, what their events call a mailing, and which number of a
  recipient their events name.

  Ids are unique within an editor only, so keys hold its name.
#}
{% macro editors() %}
{{ return([
    {'name': 'marketing_suite', 'prefix': '', 'mailing': 'mailing', 'recipient': 'id'},
    {'name': 'publisher', 'prefix': 'publisher_', 'mailing': 'emailing', 'recipient': 'internal'},
]) }}
{% endmacro %}

{# The kinds of events, as Copernica calls them, with the columns that only they have. #}
{% macro kinds() %}
{{ return({
    'deliveries': [],
    'impressions': ['device', 'is_machine'],
    'clicks': ['link', 'is_machine'],
    'errors': ['errorcode', 'errortype'],
    'unsubscribes': [],
    'abuses': [],
}) }}
{% endmacro %}

{# Whether the warehouse may be asked what is there. Without a connection (dbt compile) it may not. #}
{% macro asks() %}
{{ return(execute and var('copernica_introspect', true)) }}
{% endmacro %}

{# The relation of a stream of an account; none where there is none, or where copernica_streams switches it off. #}
{% macro stream_relation(account, stream) %}
{%- if not execute or not var('copernica_streams', {}).get(stream, true) -%}
    {{ return(none) }}
{%- endif -%}
{%- if not copernica.asks() -%}
    {{ return(api.Relation.create(database=account.database, schema=account.schema, identifier=stream)) }}
{%- endif -%}
{{ return(adapter.get_relation(database=account.database, schema=account.schema, identifier=stream)) }}
{% endmacro %}

{# Whether any account has a stream. #}
{% macro has_stream(stream) %}
{%- for account in copernica.accounts() if copernica.stream_relation(account, stream) -%}
    {{ return(true) }}
{%- endfor -%}
{{ return(false) }}
{% endmacro %}

{# The streams of an account whose name begins so; where the warehouse may not be asked, those that are named. #}
{% macro streams_like(account, prefix, named) %}
{%- set found = [] -%}
{%- if not execute -%}
    {{ return(found) }}
{%- endif -%}
{%- if named or not copernica.asks() -%}
    {%- for name in named or ['customers'] if copernica.stream_relation(account, prefix ~ name) -%}
        {%- do found.append(prefix ~ name) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endif -%}
{%- set tables = run_query(copernica.tables_query(account)) -%}
{%- for row in tables.rows if row[0].lower().startswith(prefix) -%}
    {%- if copernica.stream_relation(account, row[0]) -%}
        {%- do found.append(row[0]) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(found | sort) }}
{% endmacro %}

{# Which tables an account's schema has. #}
{% macro tables_query(account) %}
{%- if target.type == 'bigquery' -%}
select table_name from `{{ account.database }}.{{ account.schema }}.INFORMATION_SCHEMA.TABLES`
{%- else -%}
select table_name from information_schema.tables
where lower(table_schema) = lower('{{ account.schema }}')
  and lower(table_catalog) = lower('{{ account.database }}')
{%- endif -%}
{% endmacro %}
