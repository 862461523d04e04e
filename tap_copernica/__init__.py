"""A Singer tap for the Copernica REST API: every event, mailing and profile, for any target.

What comments say of the API is marked as documented, observed, assumed or unknown, also by signs such as (D)
or (O, RM). `docs/api-facts.md` explains them.
"""
