{#
  What Copernica counted, each time that the tap asked. The loaded tables have the newest reading only, and events of its
  last minutes are not loaded yet; an earlier one can be compared exactly. Kept when other models are made anew.
#}
{{ config(materialized='incremental', incremental_strategy=copernica.adding_strategy(), full_refresh=false) }}

select
    counters.source_relation,
    counters.mailing_key || '-' || counters.kind || '-' || cast(counters.read_at as {{ dbt.type_string() }}) as reading_key,
    counters.mailing_key,
    counters.editor,
    counters.kind,
    counters.events,
    counters.recipients,
    counters.read_at
from {{ ref('stg_copernica__counters') }} as counters
{%- if copernica.adds() %}
left join {{ this }} as known
  on known.mailing_key = counters.mailing_key
 and known.kind = counters.kind
 and known.read_at = counters.read_at
where known.mailing_key is null
{%- endif %}
