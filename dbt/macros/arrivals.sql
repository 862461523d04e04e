{#
  What an increment adds to copernica__events and to copernica__recipients, and which profiles are counted anew. It is
  worked out once, into a table that lasts as long as the model is made: so what is noted of rows for other models is true
  of those that are added, also while a loader writes.
#}

{# That table of: events, recipients or profiles. In BigQuery, which has no temporary tables, it expires. #}
{% macro arriving_relation(what) %}
{%- set name = 'copernica_arriving_' ~ what -%}
{{- copernica.erasure_relation(name) if target.type == 'bigquery' else name -}}
{% endmacro %}

{# Hook: make that table of rows. staged: their SQL. #}
{% macro gather(what, staged) %}
{%- if not copernica.adds() -%}
select 1
{%- elif target.type == 'bigquery' -%}
create or replace table {{ copernica.arriving_relation(what) }}
options (expiration_timestamp = timestamp_add(current_timestamp(), interval 1 day))
as {{ staged }}
{%- elif target.type == 'postgres' -%}
create temporary table {{ copernica.arriving_relation(what) }} on commit drop as {{ staged }}
{%- else -%}
create or replace temporary table {{ copernica.arriving_relation(what) }} as {{ staged }}
{%- endif -%}
{% endmacro %}

{# SQL of the rows that the model adds: all, where it is made for the first time. #}
{% macro gathered(what, staged) %}
{%- if copernica.adds() and copernica.asks() -%}
select * from {{ copernica.arriving_relation(what) }}
{%- else -%}
{{ staged }}
{%- endif -%}
{% endmacro %}

{# Hook: that table is not needed any more. #}
{% macro scatter(what) %}
{%- if copernica.adds() -%}
drop table if exists {{ copernica.arriving_relation(what) }}
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}

{#
  Hook: note, by stream, since when the rows were loaded that are about to be added.

  kind: of these rows; none: they have a column of that name.
#}
{% macro note_arrivals(what, kind=none) %}
{%- if copernica.adds() -%}
insert into {{ copernica.progress_relation() }} {{ copernica.progress_columns() }}
select 'arrived', source_relation, editor, kind, min(loaded_at), {{ copernica.this_run() }}
from (
    select source_relation, editor, {{ "'" ~ kind ~ "' as kind" if kind else 'kind' }}, loaded_at
    from {{ copernica.arriving_relation(what) }}
) as arriving
group by source_relation, editor, kind
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}

{#
  Hook: note profiles that an event or a recipient named until it was loaded again: since the profile was removed, it names
  none. They are counted anew. Filled before rows are replaced, emptied when copernica__engagement was made.

  key: the column that tells rows apart.
#}
{% macro note_detached(what, key) %}
{%- if copernica.adds() -%}
insert into {{ copernica.erasure_relation('copernica_detached') }} (source_relation, profile_id)
select distinct there.source_relation, there.profile_id
from {{ this }} as there
join {{ copernica.arriving_relation(what) }} as arriving on arriving.{{ key }} = there.{{ key }}
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
