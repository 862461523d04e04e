-- Only a warning: Copernica does not say how it tells the people behind its unique counters apart.
{{ config(severity='warn') }}
{{ differing_counts('recipients', 'count(distinct recipient_key)') }}
