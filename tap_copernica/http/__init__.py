"""Calls to the API: transport, credentials, the budget, paging, answers of any size."""
