{#
  Where fewer events of a period are in the models than the tap has written of it, or other than it has written while
  nothing of the period was read again: stream, period and both numbers. Empty where sync_windows was not loaded.
#}
with windows as (
    select *
    from {{ ref('stg_copernica__sync_windows') }}
    where written is not null and from_at < to_at and coalesce(verdict, '') <> 'partial'
      and stream in (
        {%- for editor in copernica.editors() %}
        {%- for kind in copernica.kinds() if copernica.has_stream(editor.prefix ~ kind) %}
        '{{ editor.prefix ~ kind }}',
        {%- endfor %}
        {%- endfor %}
        '' -- a stream that no account has loaded differs from nothing
      )
),

events as (
    select
        source_relation,
        case when editor = 'publisher' then 'publisher_' || kind else kind end as stream,
        occurred_at
    from {{ ref('copernica__events') }}
),

compared as (
    select
        windows.source_relation,
        windows.stream,
        windows.from_at,
        windows.to_at,
        windows.started,
        max(windows.written) as rows_written,
        count(events.occurred_at) as rows_loaded
    from windows
    left join events
      on events.source_relation = windows.source_relation
     and events.stream = windows.stream
     and events.occurred_at >= windows.from_at
     and events.occurred_at < windows.to_at
    group by windows.source_relation, windows.stream, windows.from_at, windows.to_at, windows.started
)

select compared.source_relation, compared.stream, compared.from_at, compared.to_at, compared.rows_written, compared.rows_loaded
from compared
where rows_loaded < rows_written
   or (rows_loaded > rows_written and not exists (
       select 1
       from windows as again
       where again.source_relation = compared.source_relation
         and again.stream = compared.stream
         and again.started > compared.started
         and again.from_at < compared.to_at
         and again.to_at > compared.from_at
   ))
