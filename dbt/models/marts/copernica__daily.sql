select
    source_relation,
    {{ copernica.local_day('occurred_at') }} as day,
    editor,
    kind,
    count(*) as events,
    sum(case when is_machine then 1 else 0 end) as machine_events
from {{ ref('copernica__events') }}
group by source_relation, {{ copernica.local_day('occurred_at') }}, editor, kind
