{#
  Erase people, for good:

      dbt run-operation erase --args '{profiles: [4711, 4712]}'
      dbt run-operation erase --args '{profiles: [4711], account: brand_a}'

  Removes their rows from the tables of profiles, subprofiles, lists of ids and log files; blanks, in the rows of events
  and recipients, what identifies them and what leads to them, so that mailings keep their counts; the same in the tables
  that the models made. Which columns: macros/personal_columns.sql, by the tap's classes.

  Their ids stay in copernica_denied_people, and those of their messages in copernica_denied_ids: each later run begins
  with erasing again what a load, a lookback or a full refresh has brought back. copernica_erasures says what was done
  when, without a name or an address. One transaction; to run it twice does no harm.

  profiles: ids of profiles.
  account: the name in copernica_sources; not needed for the only account.
#}
{% macro erase(profiles, account='') %}
    {%- set wanted = copernica.ids_of(profiles) -%}
    {%- set chosen = copernica.account_named(account) -%}
    {%- do copernica.make_erasure_tables() -%}
    {%- set people = copernica.erasure_relation('copernica_denied_people') -%}
    {%- set statements = [] -%}
    {%- for id in wanted -%}
        {%- do statements.append(
            'insert into ' ~ people ~ " (source_relation, profile_id) select '" ~ chosen.name ~ "', " ~ id
            ~ ' where not exists (select 1 from ' ~ people ~ " as there where there.source_relation = '" ~ chosen.name
            ~ "' and there.profile_id = " ~ id ~ ')'
        ) -%}
    {%- endfor -%}
    {%- do statements.append(copernica.noted(chosen, 'copernica_denied_people', 'denied', wanted | length | string)) -%}
    {%- do statements.extend(copernica.erasing(chosen)) -%}
    {%- do copernica.run_together(statements) -%}
    {%- do log(
        wanted | length ~ ' profiles are erased; copernica_erasures says from where. Run the models now: '
        ~ 'copernica__links misses the mailings whose links were cut until then.', info=true
    ) -%}
{% endmacro %}

{# Erase again what came back since; for the start of each run. Does nothing where nobody was ever erased. #}
{% macro erase_again() %}
{%- if copernica.asks() and copernica.denied_people() -%}
    {%- do copernica.make_erasure_tables() -%}
    {%- set statements = [] -%}
    {%- for account in copernica.accounts() -%}
        {%- do statements.extend(copernica.erasing(account)) -%}
    {%- endfor -%}
    {%- do copernica.run_together(statements) -%}
{%- endif -%}
{% endmacro %}

{# The ids as whole numbers; anything else is an error, before anything is done. #}
{% macro ids_of(profiles) %}
{%- set given = profiles if profiles is sequence and profiles is not string else [profiles] -%}
{%- set found = [] -%}
{%- for one in given -%}
    {%- if not modules.re.match('[0-9]+$', one | string) -%}
        {%- do exceptions.raise_compiler_error('erase: ' ~ 'each profile is an id, a whole number.') -%}
    {%- endif -%}
    {%- do found.append(one | int) -%}
{%- endfor -%}
{%- if not found -%}
    {%- do exceptions.raise_compiler_error("erase: no profile is given: --args '{profiles: [4711]}'.") -%}
{%- endif -%}
{{ return(found) }}
{% endmacro %}

{% macro account_named(name) %}
{%- set known = [] -%}
{%- for account in copernica.accounts() -%}
    {%- if account.name == name -%}
        {{ return(account) }}
    {%- endif -%}
    {%- do known.append(account.name) -%}
{%- endfor -%}
{%- do exceptions.raise_compiler_error('erase: which account? Give one of: ' ~ known | join(', ') ~ '.') -%}
{% endmacro %}

{# Run several statements in one transaction. #}
{% macro run_together(statements) %}
{%- set text = statements | join(';\n') -%}
{%- if target.type == 'bigquery' -%}
    {%- do run_query('begin transaction;\n' ~ text ~ ';\ncommit transaction') -%}
{%- else -%}
    {%- call statement('erase', auto_begin=true) -%}{{ text }}{%- endcall -%}
    {%- do adapter.commit() -%}
{%- endif -%}
{% endmacro %}

{% macro erasure_relation(name) %}
{{ return(api.Relation.create(database=target.database, schema=target.schema, identifier=name)) }}
{% endmacro %}

{% macro make_erasure_tables() %}
{%- set text, number, time = dbt.type_string(), dbt.type_bigint(), dbt.type_timestamp() -%}
{%- do copernica.make_tables({
    'copernica_denied_people': {'source_relation': text, 'profile_id': number},
    'copernica_denied_ids': {'source_relation': text, 'kind': text, 'id': number},
    'copernica_erasures': {'erased_at': time, 'source_relation': text, 'relation': text, 'what': text, 'row_count': number},
}) -%}
{% endmacro %}

{# Make the tables that are missing, beside the models: the type of each column, by table and name. #}
{% macro make_tables(tables) %}
{%- set missing = [] -%}
{%- for name, columns in tables.items() if not adapter.get_relation(database=target.database, schema=target.schema, identifier=name) -%}
    {%- set lines = [] -%}
    {%- for column, kind in columns.items() -%}
        {%- do lines.append(column ~ ' ' ~ kind) -%}
    {%- endfor -%}
    {%- do missing.append('create table ' ~ copernica.erasure_relation(name) ~ ' (' ~ lines | join(', ') ~ ')') -%}
{%- endfor -%}
{%- if missing -%}
    {%- do adapter.create_schema(api.Relation.create(database=target.database, schema=target.schema)) -%}
    {%- for statement in missing -%}
        {%- do copernica.run_together([statement]) -%}
    {%- endfor -%}
{%- endif -%}
{% endmacro %}

{# A line of the ledger; count: SQL of a number. Nothing is noted where nothing was to be done. #}
{% macro noted(account, relation, what, count) -%}
insert into {{ copernica.erasure_relation('copernica_erasures') }} (erased_at, source_relation, relation, what, row_count)
select cast(current_timestamp as {{ dbt.type_timestamp() }}), '{{ account.name }}', '{{ relation }}', '{{ what }}', found.n
from (select {{ count }} as n) as found
where found.n > 0
{%- endmacro %}

{# Delete or change rows, and note before how many these are. #}
{% macro noted_change(account, relation, changes, condition) %}
{%- set name = relation.schema ~ '.' ~ relation.identifier -%}
{%- set count = '(select count(*) from ' ~ relation ~ ' where ' ~ condition ~ ')' -%}
{{ return([
    copernica.noted(account, name, 'blanked' if changes else 'deleted', count),
    ('update ' ~ relation ~ ' set ' ~ changes | join(', ') if changes else 'delete from ' ~ relation) ~ ' where ' ~ condition,
]) }}
{% endmacro %}

{# SQL of the ids that are denied: those of profiles, or of another kind. #}
{% macro denied(account, kind) %}
{%- if kind == 'profile' -%}
(select profile_id from {{ copernica.erasure_relation('copernica_denied_people') }} where source_relation = '{{ account.name }}')
{%- else -%}
(select id from {{ copernica.erasure_relation('copernica_denied_ids') }} where source_relation = '{{ account.name }}' and kind = '{{ kind }}')
{%- endif -%}
{% endmacro %}

{# A link without what may hold an address or a personal code. #}
{% macro without_query(column) -%}
{{ dbt.split_part(dbt.split_part(column, "'?'", 1), "'#'", 1) }}
{%- endmacro %}

{# All statements that erase the denied people of an account. What leads to a row comes before what removes the way. #}
{% macro erasing(account) %}
{%- set tables = {} -%}
{%- for row in run_query(copernica.tables_query(account)).rows -%}
    {%- set relation = adapter.get_relation(database=account.database, schema=account.schema, identifier=row[0]) -%}
    {%- if relation and relation.is_table -%}
        {%- set columns = {} -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do columns.update({column.name | lower: column}) -%}
        {%- endfor -%}
        {%- do tables.update({row[0] | lower: {'relation': relation, 'columns': columns}}) -%}
    {%- endif -%}
{%- endfor -%}
{%- set statements = [] -%}
{%- do statements.extend(copernica.found_ids(account, tables)) -%}
{%- do statements.extend(copernica.erasing_models(account)) -%}
{%- do statements.extend(copernica.erasing_logs(account, tables)) -%}
{%- do statements.extend(copernica.erasing_events(account, tables)) -%}
{%- do statements.extend(copernica.erasing_profiles(account, tables)) -%}
{{ return(statements) }}
{% endmacro %}

{# Note the ids of subprofiles and messages of denied people, while rows still say whose they are. #}
{% macro found_ids(account, tables) %}
{%- set ids = copernica.erasure_relation('copernica_denied_ids') -%}
{%- set sources = [] -%}
{%- for name, table in tables.items() if name.startswith('subprofiles_') and 'profile' in table.columns and 'id' in table.columns -%}
    {%- do sources.append(['subprofile', table, 'id']) -%}
{%- endfor -%}
{%- for editor in copernica.editors() -%}
    {%- set table = tables.get(editor.prefix ~ 'destinations', {'columns': {}}) -%}
    {%- if 'profile' in table.columns and editor.recipient in table.columns -%}
        {%- do sources.append([editor.name, table, editor.recipient]) -%}
        {%- if 'subprofile' in table.columns -%}
            {%- do sources.append(['subprofile', table, 'subprofile']) -%}
        {%- endif -%}
    {%- endif -%}
{%- endfor -%}
{%- set statements = [] -%}
{%- for kind, table, column in sources -%}
    {%- set quoted = adapter.quote(table.columns[column].name) -%}
    {%- do statements.append(
        'insert into ' ~ ids ~ " (source_relation, kind, id) select distinct '" ~ account.name ~ "', '" ~ kind ~ "', "
        ~ quoted ~ ' from ' ~ table.relation ~ ' where ' ~ adapter.quote(table.columns['profile'].name) ~ ' in '
        ~ copernica.denied(account, 'profile') ~ ' and ' ~ quoted ~ ' is not null and ' ~ quoted ~ ' not in '
        ~ copernica.denied(account, kind)
    ) -%}
{%- endfor -%}
{{ return(statements) }}
{% endmacro %}

{# Which rows of a stream are a denied person's, by the columns that lead to people. #}
{% macro persons_rows(account, columns, editor) %}
{%- set kinds = {
    'profile': 'profile', 'profileid': 'profile', 'subprofile': 'subprofile', 'subprofileid': 'subprofile',
    'destination': editor, 'internal': editor,
} -%}
{%- if editor == 'marketing_suite' and 'messageid' in columns -%}
    {%- do kinds.update({'id': editor}) -%}{# destinations -#}
{%- endif -%}
{%- set found = [] -%}
{%- for name, kind in kinds.items() if name in columns -%}
    {%- do found.append(adapter.quote(columns[name].name) ~ ' in ' ~ copernica.denied(account, kind)) -%}
{%- endfor -%}
{{ return(found) }}
{% endmacro %}

{# Log files: the rows go. They name people by id, and by their address. #}
{% macro erasing_logs(account, tables) %}
{%- set statements = [] -%}
{%- set addresses = copernica.addresses(account, tables) -%}
{%- for name, table in tables.items() if name.startswith('log_') -%}
    {%- set conditions = copernica.persons_rows(account, table.columns, none) -%}
    {%- if 'email' in table.columns and addresses -%}
        {%- do conditions.append('lower(trim(' ~ adapter.quote(table.columns['email'].name) ~ ')) in (' ~ addresses ~ ')') -%}
    {%- endif -%}
    {%- if conditions -%}
        {%- do statements.extend(copernica.noted_change(account, table.relation, [], '(' ~ conditions | join(' or ') ~ ')')) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(statements) }}
{% endmacro %}

{# SQL of the addresses of denied people, as their profiles have them: as text, or as a hash. #}
{% macro addresses(account, tables) %}
{%- set selects = [] -%}
{%- for name, table in tables.items() if name.startswith('profiles_') and 'id' in table.columns -%}
    {%- for column in table.columns.values() if column.is_string() and column.name | lower != 'secret' and not column.name.startswith('_sdc') -%}
        {%- set quoted = adapter.quote(column.name) -%}
        {%- do selects.append(
            'select lower(trim(' ~ quoted ~ ')) from ' ~ table.relation ~ ' where '
            ~ adapter.quote(table.columns['id'].name) ~ ' in ' ~ copernica.denied(account, 'profile') ~ ' and ('
            ~ quoted ~ " like '%@%' or length(" ~ quoted ~ ') = 64)'
        ) -%}
    {%- endfor -%}
{%- endfor -%}
{{ return(selects | join(' union all ')) }}
{% endmacro %}

{# Events and recipients: the row stays, for the counts; what identifies or leads to a person goes. #}
{% macro erasing_events(account, tables) %}
{%- set statements = [] -%}
{%- for stream, parts in copernica.personal_columns().items() if stream in tables and not stream.startswith('log_') -%}
    {%- set table = tables[stream] -%}
    {%- set editor = 'publisher' if stream.startswith('publisher_') else 'marketing_suite' -%}
    {%- set changes, left = [], [] -%}
    {%- for column in table.columns.values() -%}
        {%- set name, quoted = column.name | lower, adapter.quote(column.name) -%}
        {%- set stem = name.split('__')[0] -%}
        {%- if name in parts.get('cut', []) -%}
            {%- do changes.append(quoted ~ ' = ' ~ copernica.without_query(quoted)) -%}
            {%- do left.append(quoted ~ " like '%?%' or " ~ quoted ~ " like '%#%'") -%}
        {%- elif stem in parts.get('blank', []) or name in ['profile', 'subprofile', 'messageid'] -%}
            {%- do changes.append(quoted ~ ' = null') -%}
            {%- do left.append(quoted ~ ' is not null') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set conditions = copernica.persons_rows(account, table.columns, editor) -%}
    {%- if changes and conditions -%}
        {%- do statements.extend(copernica.noted_change(
            account, table.relation, changes, '(' ~ conditions | join(' or ') ~ ') and (' ~ left | join(' or ') ~ ')'
        )) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(statements) }}
{% endmacro %}

{# Profiles, subprofiles and lists of their ids: the rows go. #}
{% macro erasing_profiles(account, tables) %}
{%- set statements = [] -%}
{%- for name, table in tables.items() if 'id' in table.columns -%}
    {%- set id = adapter.quote(table.columns['id'].name) -%}
    {%- if name.startswith('profiles_') or name in ['profile_ids', 'view_profile_ids'] -%}
        {%- set condition = id ~ ' in ' ~ copernica.denied(account, 'profile') -%}
        {%- do statements.extend(copernica.noted_change(account, table.relation, [], condition)) -%}
    {%- elif name.startswith('subprofiles_') or name in ['subprofile_ids', 'miniview_subprofile_ids'] -%}
        {%- set conditions = [id ~ ' in ' ~ copernica.denied(account, 'subprofile')] -%}
        {%- if 'profile' in table.columns -%}
            {%- do conditions.append(adapter.quote(table.columns['profile'].name) ~ ' in ' ~ copernica.denied(account, 'profile')) -%}
        {%- endif -%}
        {%- do statements.extend(copernica.noted_change(account, table.relation, [], '(' ~ conditions | join(' or ') ~ ')')) -%}
    {%- endif -%}
{%- endfor -%}
{{ return(statements) }}
{% endmacro %}

{# The tables that the models made. Views follow the tables under them. #}
{% macro erasing_models(account) %}
{%- set statements = [] -%}
{%- set made = {} -%}
{%- for name in ['events', 'recipients', 'links', 'engagement', 'profiles', 'consent_history', 'consent_readings'] -%}
    {%- set relation = adapter.get_relation(database=target.database, schema=target.schema, identifier='copernica__' ~ name) -%}
    {%- if relation and relation.is_table -%}
        {%- do made.update({name: relation}) -%}
    {%- endif -%}
{%- endfor -%}
{%- set mine = "source_relation = '" ~ account.name ~ "'" -%}
{%- set conditions = ['profile_id in ' ~ copernica.denied(account, 'profile')] -%}
{%- for editor in copernica.editors() -%}
    {%- do conditions.append("editor = '" ~ editor.name ~ "' and recipient_id in " ~ copernica.denied(account, editor.name)) -%}
{%- endfor -%}
{%- set theirs = mine ~ ' and (' ~ conditions | join(' or ') ~ ')' -%}
{%- set has_query = "(link like '%?%' or link like '%#%')" -%}
{%- if 'events' in made and 'links' in made -%}
    {%- set mailings = '(select mailing_key from ' ~ made.events ~ ' where ' ~ theirs ~ ' and ' ~ has_query ~ ')' -%}
    {#- The mailings' links are then looked for among all, not only among those with new clicks. -#}
    {%- if adapter.get_relation(database=target.database, schema=target.schema, identifier='copernica_progress') -%}
        {%- do statements.append(
            'delete from ' ~ copernica.progress_relation() ~ " where model = 'copernica__links' and exists " ~ mailings
        ) -%}
    {%- endif -%}
    {%- do statements.append('delete from ' ~ made.links ~ ' where mailing_key in ' ~ mailings) -%}
{%- endif -%}
{%- if 'events' in made -%}
    {%- do statements.extend(copernica.noted_change(
        account, made.events, ['profile_id = null', 'link = ' ~ copernica.without_query('link')],
        theirs ~ ' and (profile_id is not null or ' ~ has_query ~ ')'
    )) -%}
{%- endif -%}
{%- if 'recipients' in made -%}
    {%- do statements.extend(copernica.noted_change(
        account, made.recipients, ['profile_id = null', 'subprofile_id = null'],
        theirs ~ ' and (profile_id is not null or subprofile_id is not null)'
    )) -%}
{%- endif -%}
{%- for name in ['engagement', 'profiles', 'consent_history', 'consent_readings'] if name in made -%}
    {%- do statements.extend(copernica.noted_change(
        account, made[name], [], mine ~ ' and profile_id in ' ~ copernica.denied(account, 'profile')
    )) -%}
{%- endfor -%}
{{ return(statements) }}
{% endmacro %}
