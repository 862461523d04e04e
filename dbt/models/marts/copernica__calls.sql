{#- API calls by day: Copernica's own count where the stream consumption was loaded, else that of the windows read. -#}
{% if copernica.has_stream('consumption') %}
select source_relation, day, calls, 'consumption' as source
from (
    select source_relation, day, apicalls as calls
    from (
        {{ copernica.stage('consumption', {'date': 'date', 'apicalls': 'number'}, key=['date']) | indent(8) }}
    ) as staged
) as consumption
{% else %}
select
    source_relation,
    cast(started as date) as day,
    cast(sum(calls) as {{ dbt.type_bigint() }}) as calls,
    'sync_windows' as source
from {{ ref('stg_copernica__sync_windows') }}
where started is not null
group by source_relation, cast(started as date)
{% endif %}
