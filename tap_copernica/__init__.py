"""A Singer tap for the Copernica REST API: every event, mailing and profile, for any target.

What comments say of the API is marked as documented, observed, assumed or unknown. `docs/api-facts.md` has
the source of each fact.
"""
