{#
  What Copernica counted, each time that the tap asked. The raw tables have the newest reading only, and events of its
  last minutes are not loaded yet; an earlier one can be compared exactly.
#}
{{ config(materialized='incremental', incremental_strategy='append', full_refresh=false) }}

select
    mailing_key || '-' || kind || '-' || strftime(read_at, '%Y-%m-%dT%H:%M:%S.%f') as reading_key,
    *
from {{ ref('stg_counters') }} as counters
{% if is_incremental() %}
where not exists (
    select 1
    from {{ this }} as known
    where known.mailing_key = counters.mailing_key
      and known.kind = counters.kind
      and known.read_at = counters.read_at
)
{% endif %}
