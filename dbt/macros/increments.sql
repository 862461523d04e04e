{# Whether this run adds to a table that is there. #}
{% macro adds() %}
{%- if not copernica.asks() -%}
    {{ return(execute and var('copernica_assume_incremental', false)) }}
{%- endif -%}
{{ return(is_incremental()) }}
{% endmacro %}

{# A moment, less copernica_overlap_minutes. #}
{% macro less_overlap(moment) -%}
{{ dbt.dateadd('minute', -1 * var('copernica_overlap_minutes', 60), moment) }}
{%- endmacro %}

{#
  Since when rows of the streams are new to a table, by stream and account: the newest loaded_at that it has of that
  stream, less copernica_overlap_minutes.

  streams: which rows of the table are a stream's, by a name that the caller chooses: {name: condition}.
#}
{% macro new_since(streams) %}
{%- set since = {} -%}
{%- for name in streams -%}
    {%- do since.update({name: {}}) -%}
{%- endfor -%}
{%- if copernica.adds() and copernica.asks() -%}
    {%- set selects = [] -%}
    {%- for name, condition in streams.items() -%}
        {%- for account in copernica.accounts() -%}
            {%- do selects.append(
                "select '" ~ name ~ "' as stream, '" ~ account.name ~ "' as account, " ~ copernica.less_overlap('max(loaded_at)')
                ~ ' as since from ' ~ this ~ ' where ' ~ condition ~ " and source_relation = '" ~ account.name ~ "'"
            ) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for row in run_query(selects | join(' union all ')).rows if row[2] is not none -%}
        {%- do since[row[0]].update({row[1]: (row[2] | string)[:19]}) -%}
    {%- endfor -%}
{%- elif copernica.adds() -%}
    {%- for name in streams -%}
        {%- for account in copernica.accounts() -%}
            {%- do since[name].update({account.name: '2024-01-01 00:00:00'}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}
{{ return(since) }}
{% endmacro %}

{#
  Whether a staged row is new to the table: the table does not have it, as it was loaded then. Of the rows within
  copernica_overlap_minutes the table has nearly all.

  id: what tells rows of a stream apart, as (column of the table, column of the stream).
  since: as given by new_since, of this stream.
#}
{% macro is_new(staged, id, condition, since) -%}
{%- if copernica.adds() and since -%}
not exists (
    select 1
    from {{ this }} as known
    where known.{{ id[0] }} = {{ staged }}.{{ id[1] }}
      and known.loaded_at = {{ staged }}.loaded_at
      and known.source_relation = {{ staged }}.source_relation
      and known.loaded_at >= {{ copernica.moment(since.values() | min) }}
      and {{ condition }}
)
{%- else -%}
1 = 1
{%- endif -%}
{%- endmacro %}

{# Indexes for what increments look up; only PostgreSQL is helped by them. #}
{% macro indexes(lists) %}
{%- set found = [] -%}
{%- if target.type == 'postgres' -%}
    {%- for columns in lists -%}
        {%- do found.append({'columns': columns}) -%}
    {%- endfor -%}
{%- endif -%}
{{ return(found) }}
{% endmacro %}

{#
  How many events a mailing has, of some kinds, and when the newest was loaded. A mailing whose row says the same needs
  no new one. An event that came late, changed, or vanished changes one of the two.

  Only mailings to which something may have happened since the model was last made are looked at; all of them, where the
  model is new or does not remember.
#}
{% macro event_signature(kinds=none) %}
{%- set touched = copernica.touched('mailing_key', kinds) -%}
select
    mailing_key,
    count(*) as event_rows,
    max(loaded_at) as changed_at
from {{ ref('copernica__events') }}
where {{ copernica.of_kinds(kinds) }}
{%- if touched %}
  and mailing_key in (
    {{ touched | indent(4) }}
)
{%- endif %}
group by mailing_key
{% endmacro %}

{% macro of_kinds(kinds) -%}
{%- if kinds -%}
kind in ({% for kind in kinds %}'{{ kind }}'{{ ', ' if not loop.last }}{% endfor %})
{%- else -%}
1 = 1
{%- endif -%}
{%- endmacro %}

{#
  Delete the rows of mailings that are not what they were; the model then adds those that are missing.

  signature: what mailings are now, of those that may have changed.
  kinds: kinds of events that the model is made of.
  also: further columns of the signature that must be as they were.
  candidates: SQL of the mailings that may have changed, where these are others than those with new events.
#}
{% macro drop_stale(signature, kinds=none, also=[], candidates=none) %}
{%- if copernica.adds() -%}
{%- set touched = candidates or copernica.touched('mailing_key', kinds) -%}
delete from {{ this }}
where mailing_key not in (
    select kept.mailing_key
    from {{ this }} as kept
    join ({{ signature }}) as now_there
      on now_there.mailing_key = kept.mailing_key
     and now_there.event_rows = kept.event_rows
     and now_there.changed_at = kept.changed_at
     {%- for column in also %}
     and now_there.{{ column }} = kept.{{ column }}
     {%- endfor %}
)
{%- if touched %}
  and mailing_key in (
    {{ touched | indent(4) }}
)
{%- endif %}
{%- else -%}
select 1
{%- endif -%}
{% endmacro %}

{#
  The mailings that the table does not have, or no longer: what the model has to work out.

  also: further columns of the signature.
#}
{% macro changed_mailings(signature, also=[]) %}
select {{ (['mailing_key', 'event_rows', 'changed_at'] + also) | join(', ') }}
from (
    {{ signature | indent(4) }}
) as signature
{%- if copernica.adds() %}
where mailing_key not in (select mailing_key from {{ this }})
{%- endif %}
{% endmacro %}
