"""A Singer tap for the Copernica REST API: every event, mailing and profile, for any target."""
