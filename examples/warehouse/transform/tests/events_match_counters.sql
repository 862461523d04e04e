-- Fails where events are missing, or are there that Copernica does not count.
{{ differing_counts('events', 'count(event_key)') }}
