{{ config(materialized='view') }}

{% for kind in kinds() %}
select
    '{{ kind }}' as kind,
    event_key,
    editor,
    mailing_key,
    recipient_key,
    profile_id,
    occurred_at
from {{ ref('stg_' ~ kind) }}
{{ 'union all' if not loop.last }}
{% endfor %}
