{#
  What each model has seen: the table copernica_progress, beside the models. Kinds of lines, by model:

  - run: when this run began, as a text. All its lines bear it.
  - copernica__events, copernica__recipients: the streams of which they have rows, with the newest loaded_at.
  - arrived: the earliest loaded_at of the rows that a run added to these two, by stream (of recipients: the kind
    destinations). It is written in the same transaction as the rows.
  - the other models: a line for each stream that the model has seen. It has seen what had arrived before that.
  - all: no line before it holds: all events or all recipients were made anew.

  So a model looks at rows that were loaded at or after the earliest that arrived since it was made, and at nothing else.
  A model without a line looks at everything once; to delete the lines of a model, or all lines, is always safe.

  Models only add lines, since several models are made at once; the newest hold. Those before them are deleted at the
  start of a run.
#}
{% macro progress_relation() %}
{{ return(copernica.erasure_relation('copernica_progress')) }}
{% endmacro %}

{% macro progress_columns() %}
{{- return('(model, source_relation, editor, kind, loaded_at, noted_at)') -}}
{% endmacro %}

{# SQL of this run's time, a text that sorts: when the run began. Where the run before it has a later time, since the clock
   of another machine was ahead, it is that time and a little more. #}
{% macro this_run() -%}
(select max(begun.noted_at) from {{ copernica.progress_relation() }} as begun where begun.model = 'run')
{%- endmacro %}

{# The kinds of lines that are not of a model that reads events or recipients. #}
{% macro no_readers() -%}
('run', 'all', 'arrived', 'copernica__events', 'copernica__recipients')
{%- endmacro %}

{# SQL of the lines of a model that hold. #}
{% macro progress_of(model) -%}
select source_relation, editor, kind, loaded_at
from {{ copernica.progress_relation() }}
where model = '{{ model }}'
  and noted_at = (select max(noted_at) from {{ copernica.progress_relation() }} where model = '{{ model }}')
  and noted_at >= (select coalesce(max(noted_at), '') from {{ copernica.progress_relation() }} where model = 'all')
{%- endmacro %}

{# Make the table, where it is missing; for the start of each run. #}
{% macro make_progress_table() %}
{%- set text, number, time = dbt.type_string(), dbt.type_bigint(), dbt.type_timestamp() -%}
{%- if copernica.asks() -%}
    {%- do copernica.make_tables({
        'copernica_progress': {
            'model': text, 'source_relation': text, 'editor': text, 'kind': text, 'loaded_at': time, 'noted_at': text,
        },
        'copernica_detached': {'source_relation': text, 'profile_id': number},
    }) -%}
    {%- do copernica.run_together(copernica.begin_run()) -%}
{%- endif -%}
{% endmacro %}

{# Statements for the start of a run: note its time, and delete the lines that no model asks for any more. #}
{% macro begin_run() %}
{%- set lines = copernica.progress_relation() -%}
{%- set now = run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
{%- set month_ago = (run_started_at - modules.datetime.timedelta(days=30)).strftime('%Y-%m-%d') -%}
{{ return([
    'insert into ' ~ lines ~ ' ' ~ copernica.progress_columns() ~ " select 'run', '', '', '', null, "
    ~ "case when max(noted_at) >= '" ~ now ~ "' then max(noted_at) || '0' else '" ~ now ~ "' end from " ~ lines,
    'delete from ' ~ lines ~ " where model <> 'arrived' and noted_at < (select max(newer.noted_at) from "
    ~ lines ~ ' as newer where newer.model = ' ~ lines ~ '.model)',
    'delete from ' ~ lines ~ " where noted_at < '" ~ month_ago ~ "' and model not in " ~ copernica.no_readers(),
    'delete from ' ~ lines ~ " where model = 'arrived' and noted_at <= (select coalesce(min(newest.noted_at), "
    ~ copernica.this_run() ~ ') from (select max(noted_at) as noted_at from ' ~ lines ~ ' where model not in '
    ~ copernica.no_readers() ~ ' group by model) as newest)',
]) }}
{% endmacro %}

{# Hook of a table that others read: where it was made anew, no line of them holds. #}
{% macro forget_progress() %}
{%- if copernica.adds() -%}
select 1
{%- else -%}
insert into {{ copernica.progress_relation() }} {{ copernica.progress_columns() }}
select 'all', '', '', '', null, {{ copernica.this_run() }}
{%- endif -%}
{% endmacro %}

{#
  Hook: note what a table of events or recipients holds now.

  streams: editor, kind, and the condition that is true for rows of the stream. One with rows of which it is not known
  when they were loaded has a null: all its rows may always be new.
#}
{% macro note_contents(streams) %}
insert into {{ copernica.progress_relation() }} {{ copernica.progress_columns() }}
{%- for stream in streams %}
{%- set outer = loop %}
{%- for account in copernica.accounts() %}
{%- set rows = this ~ ' where ' ~ stream.condition ~ " and source_relation = '" ~ account.name ~ "'" %}
select
    '{{ this.identifier }}', '{{ account.name }}', '{{ stream.editor }}', '{{ stream.kind }}',
    case
        when exists (select 1 from {{ rows }} and loaded_at is null) then cast(null as {{ dbt.type_timestamp() }})
        else (select max(loaded_at) from {{ rows }})
    end,
    {{ copernica.this_run() }}
from (select 1 as one) as one
where exists (select 1 from {{ rows }})
{{ 'union all' if not (loop.last and outer.last) }}
{%- endfor %}
{%- endfor %}
{% endmacro %}

{% macro note_events() %}
{%- set streams = [] -%}
{%- for editor in copernica.editors() -%}
    {%- for kind in copernica.kinds() -%}
        {%- do streams.append({
            'editor': editor.name, 'kind': kind, 'condition': copernica.event_streams()[editor.prefix ~ kind],
        }) -%}
    {%- endfor -%}
{%- endfor -%}
{{ copernica.note_contents(streams) }}
{% endmacro %}

{% macro note_recipients() %}
{%- set streams = [] -%}
{%- for editor in copernica.editors() -%}
    {%- do streams.append({
        'editor': editor.name, 'kind': 'destinations',
        'condition': copernica.recipient_streams()[editor.prefix ~ 'destinations'],
    }) -%}
{%- endfor -%}
{{ copernica.note_contents(streams) }}
{% endmacro %}

{# Hook: note that the model has now seen what is in the table of events, and of recipients where it reads them. #}
{% macro note_progress(models=['copernica__events']) %}
insert into {{ copernica.progress_relation() }} {{ copernica.progress_columns() }}
select '{{ this.identifier }}', source_relation, editor, kind, loaded_at, {{ copernica.this_run() }}
from (
    {%- for model in models %}
    {{ copernica.progress_of(model) | indent(4) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) as seen
{% endmacro %}

{#
  What is new to this model: a list of the streams with new rows: editor, kind, source_relation, and since when these were
  loaded, or none where all rows may be new. None, not a list, where it is not known what the model has seen.

  model: copernica__events, or copernica__recipients.
#}
{% macro progress_since(model) %}
{%- if not copernica.adds() -%}
    {{ return(none) }}
{%- endif -%}
{%- if not copernica.asks() -%}
    {{ return([{'source_relation': '', 'editor': 'publisher', 'kind': 'clicks', 'since': '2024-01-01 00:00:00'}]) }}
{%- endif -%}
{%- set mine = copernica.progress_of(this.identifier) -%}
{%- if not run_query('select count(*) from (' ~ mine ~ ') as mine').rows[0][0] -%}
    {{ return(none) }}
{%- endif -%}
{%- set lines = run_query(
    'select there.source_relation, there.editor, there.kind, arrived.since,'
    ~ ' case when seen.kind is null or there.loaded_at is null then 1 else 0 end as anything'
    ~ ' from (' ~ copernica.progress_of(model) ~ ') as there'
    ~ ' left join (' ~ mine ~ ') as seen on seen.source_relation = there.source_relation'
    ~ ' and seen.editor = there.editor and seen.kind = there.kind'
    ~ ' left join (select source_relation, editor, kind, min(loaded_at) as since from ' ~ copernica.progress_relation()
    ~ " where model = 'arrived' and noted_at > (select max(noted_at) from " ~ copernica.progress_relation()
    ~ " where model = '" ~ this.identifier ~ "') group by source_relation, editor, kind) as arrived"
    ~ ' on arrived.source_relation = there.source_relation'
    ~ ' and arrived.editor = there.editor and arrived.kind = there.kind'
) -%}
{%- set found = [] -%}
{%- for row in lines.rows if row[4] or row[3] is not none -%}
    {%- do found.append({
        'source_relation': row[0], 'editor': row[1], 'kind': row[2],
        'since': none if row[4] else (row[3] | string)[:19],
    }) -%}
{%- endfor -%}
{{ return(found) }}
{% endmacro %}

{#
  SQL of a condition: rows of copernica__events (or copernica__recipients) that may be new to this model. None: all may.
#}
{% macro newly_added(model, kinds=none) %}
{%- set lines = copernica.progress_since(model) -%}
{%- if lines is none -%}
    {{ return(none) }}
{%- endif -%}
{%- set conditions, moments = [], [] -%}
{%- for line in lines if not kinds or line.kind in kinds -%}
    {%- set condition = "source_relation = '" ~ line.source_relation ~ "' and editor = '" ~ line.editor ~ "'" -%}
    {%- if model == 'copernica__events' -%}
        {%- set condition = condition ~ " and kind = '" ~ line.kind ~ "'" -%}
    {%- endif -%}
    {%- if line.since -%}
        {%- do moments.append(line.since) -%}
        {%- set condition = condition ~ ' and loaded_at >= ' ~ copernica.moment(line.since) -%}
    {%- endif -%}
    {%- do conditions.append('(' ~ condition ~ ')') -%}
{%- endfor -%}
{%- if not conditions -%}
    {{ return('1 = 0') }}
{%- endif -%}
{#- The earliest moment once more, for all: by it, a warehouse skips what lies before. -#}
{%- set earliest = 'loaded_at >= ' ~ copernica.moment(moments | min) ~ ' and ' if moments | length == conditions | length else '' -%}
{{ return(earliest ~ '(' ~ conditions | join('\n    or ') ~ ')') }}
{% endmacro %}

{# SQL of the values of a column of copernica__events in rows that may be new to this model. None: any. #}
{% macro touched(column, kinds=none) %}
{%- set new = copernica.newly_added('copernica__events', kinds) -%}
{%- if new is none -%}
    {{ return(none) }}
{%- endif -%}
{{ return('select ' ~ column ~ ' from ' ~ ref('copernica__events') ~ ' where ' ~ column ~ ' is not null and ' ~ new) }}
{% endmacro %}
