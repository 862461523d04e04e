{#
  What each model has seen: the table copernica_progress, beside the models. For a model and a stream of an account it
  holds the newest loaded_at that was in copernica__events (or in copernica__recipients, as kind destinations) when the
  model was made. It is written in the model's own transaction.

  What was added to these two since then was loaded after that moment, less copernica_overlap_minutes: so a model need
  not look at all events to find what may have changed. A model without a line looks at everything once; to delete lines
  is always safe.

  Models only add lines, each with the time of its run, since several models are made at once; the newest hold. Those
  before them are deleted at the start of a run. A line of the model "all" says that none before it holds: all events or
  all recipients were made anew.
#}
{% macro progress_relation() %}
{{ return(copernica.erasure_relation('copernica_progress')) }}
{% endmacro %}

{% macro progress_columns() %}
{{- return('(model, source_relation, editor, kind, loaded_at, noted_at)') -}}
{% endmacro %}

{# This run's time, as a text that sorts. #}
{% macro this_run() -%}
'{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}'
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
    {%- do copernica.run_together([
        'delete from ' ~ copernica.progress_relation() ~ ' where noted_at < (select max(newer.noted_at) from '
        ~ copernica.progress_relation() ~ ' as newer where newer.model = ' ~ copernica.progress_relation() ~ '.model)'
    ]) -%}
{%- endif -%}
{% endmacro %}

{#
  Profiles that an event or a recipient named until it was loaded again: since the profile was removed, it names none.
  They are counted anew. Filled before rows are replaced, emptied when copernica__engagement was made.

  staged: SQL of the rows that are about to take the place of others.
  key: the column that tells rows apart.
#}
{% macro note_detached(staged, key) %}
{%- if copernica.adds() -%}
insert into {{ copernica.erasure_relation('copernica_detached') }} (source_relation, profile_id)
select distinct there.source_relation, there.profile_id
from {{ this }} as there
join ({{ staged }}) as arriving on arriving.{{ key }} = there.{{ key }}
where there.profile_id is not null
  and (arriving.profile_id is null or arriving.profile_id <> there.profile_id)
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}

{# Hook: all profiles are counted anew now. #}
{% macro forget_detached() %}
delete from {{ copernica.erasure_relation('copernica_detached') }}
{% endmacro %}

{# Hook of a table that others read: where it was made anew, no line of them holds. #}
{% macro forget_progress() %}
{%- if copernica.adds() -%}
select 1
{%- else -%}
insert into {{ copernica.progress_relation() }} {{ copernica.progress_columns() }}
values ('all', '', '', '', null, {{ copernica.this_run() }})
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
  Since when rows are new to this model: a list of editor, kind, source_relation and since. None where that is not known
  of all streams that there are.

  model: copernica__events, or copernica__recipients.
#}
{% macro progress_since(model) %}
{%- if not copernica.adds() -%}
    {{ return(none) }}
{%- endif -%}
{%- if not copernica.asks() -%}
    {{ return([{'source_relation': '', 'editor': 'publisher', 'kind': 'clicks', 'since': '2024-01-01 00:00:00'}]) }}
{%- endif -%}
{%- set mine = '(' ~ copernica.progress_of(this.identifier) ~ ')' -%}
{%- set lines = run_query(
    'select there.source_relation, there.editor, there.kind, ' ~ copernica.less_overlap('seen.loaded_at')
    ~ ' as since, (select count(*) from ' ~ mine ~ ' as mine) as known from (' ~ copernica.progress_of(model)
    ~ ') as there left join ' ~ mine ~ ' as seen on seen.source_relation = there.source_relation'
    ~ ' and seen.editor = there.editor and seen.kind = there.kind'
) -%}
{%- set found = [] -%}
{%- for row in lines.rows -%}
    {%- if not row[4] -%}
        {{ return(none) }}
    {%- endif -%}
    {%- do found.append({
        'source_relation': row[0], 'editor': row[1], 'kind': row[2],
        'since': (row[3] | string)[:19] if row[3] is not none else none,
    }) -%}
{%- endfor -%}
{{ return(found or none) }}
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
