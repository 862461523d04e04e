"""What is read, and how it is cut: stream groups and months. Yours to change."""

from __future__ import annotations

import os

import dagster as dg

# Streams that are read by one process of the tap, one after the other.
GROUPS = {
    "marketing_suite_events": (
        "abuses",
        "clicks",
        "deliveries",
        "errors",
        "impressions",
        "unsubscribes",
    ),
    "marketing_suite_mailings": ("emailings", "destinations"),
    "publisher_events": (
        "publisher_abuses",
        "publisher_clicks",
        "publisher_deliveries",
        "publisher_errors",
        "publisher_impressions",
        "publisher_unsubscribes",
    ),
    "publisher_mailings": ("publisher_emailings", "publisher_destinations"),
}

# The account's zone: lists that are asked by day need partitions that are whole days there.
TIMEZONE = os.environ.get("COPERNICA_TIMEZONE", "Europe/Amsterdam")

# The backfill is `[start, end)`; from its end on, increments go on.
MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=os.environ.get("COPERNICA_BACKFILL_START", "2024-01-01"),
    end_date=os.environ.get("COPERNICA_BACKFILL_END", "2025-01-01"),
    timezone=TIMEZONE,
)

# Taps that may run at once share this pool; its size is in `dagster.yaml`.
POOL = "copernica_api"

# The tap itself repeats calls that fail. This is for what it cannot help: a worker that is gone.
RETRIES = dg.RetryPolicy(
    max_retries=3,
    delay=float(os.environ.get("COPERNICA_RETRY_SECONDS", "60")),
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)
