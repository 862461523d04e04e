{#- How fresh each stream is. Events by their days, so that nothing is counted twice. -#}
{% for editor in copernica.editors() %}
{% for kind in copernica.kinds() %}
select
    source_relation,
    '{{ editor.prefix ~ kind }}' as stream,
    cast(sum(events) as {{ dbt.type_bigint() }}) as row_count,
    max(newest_at) as newest_at,
    max(loaded_at) as loaded_at
from {{ ref('copernica__daily') }}
where editor = '{{ editor.name }}' and kind = '{{ kind }}'
group by source_relation
union all
{% endfor %}
select source_relation, '{{ editor.prefix }}destinations', count(*), max(sent_at), max(loaded_at)
from {{ ref('copernica__recipients') }}
where editor = '{{ editor.name }}'
group by source_relation
union all
select source_relation, '{{ editor.prefix }}emailings', count(*), max(sent_at), max(loaded_at)
from {{ ref('stg_copernica__mailings') }}
where editor = '{{ editor.name }}'
group by source_relation
union all
{% endfor %}
select source_relation, 'profiles', count(*), max(modified_at), max(loaded_at)
from {{ ref('stg_copernica__profiles') }}
group by source_relation
