"""The settings: their JSON schema, for the SDK and Meltano, and the check when the tap starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from singer_sdk import typing as th

from tap_copernica import batch_settings as batches
from tap_copernica.inputs import personal, special
from tap_copernica.inputs.reader import Reader, without_decimals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_copernica.batch_settings import BatchSettings
    from tap_copernica.clock import AccountClock
    from tap_copernica.inputs.personal import PersonalSettings

API_URL = "https://api.copernica.com"
AUTH_URL = "https://authenticate.copernica.com"
BULK_URL = "https://rest.copernica.com"
DEFAULT_TIMEZONE = "Europe/Amsterdam"
API_VERSIONS = ("v2", "v3", "v4")
BACKFILL_ORDERS = ("newest_first", "oldest_first")
# Larger numbers are mistakes, and more than dates and sockets can work with.
_MOST_DAYS = 36_500
_MOST_MINUTES = _MOST_DAYS * 24 * 60
_MOST_SECONDS = 86_400

CONFIG_JSONSCHEMA = th.PropertiesList(
    th.Property(
        "access_token",
        th.StringType,
        required=True,
        secret=True,
        title="Access token",
        description="API token from the Copernica dashboard.",
    ),
    th.Property(
        "api_version",
        th.StringType,
        default="v2",
        allowed_values=list(API_VERSIONS),
        title="API version",
        description=(
            "Version of the REST API. v2 is the only one documented to give `profile` and "
            "`subprofile` on account-wide events."
        ),
    ),
    th.Property(
        "start_date",
        th.DateTimeType,
        required=True,
        title="Start date",
        description=(
            "Earliest event time, inclusive. Without an offset it is wall-clock time in `timezone`. "
            "Profiles are always read whole the first time."
        ),
    ),
    th.Property(
        "end_date",
        th.DateTimeType,
        title="End date",
        description="Latest event time, exclusive: for a bounded backfill.",
    ),
    th.Property(
        "backfill_order",
        th.StringType,
        allowed_values=list(BACKFILL_ORDERS),
        title="Backfill order",
        description=(
            "Which end of the history the first read of an event stream begins with: newest_first takes "
            "the newest seven days and then goes back to `start_date`, oldest_first the other way. "
            "newest_first if not given; with `end_date` oldest_first."
        ),
    ),
    th.Property(
        "reread",
        th.CustomType(
            {
                "type": ["string", "object", "null"],
                "additionalProperties": {"type": "string"},
            }
        ),
        title="Read again",
        description=(
            "A period to read once more, then remembered as done: a month (2025-03), a day (2025-03-14) "
            "or two days, both included (2025-03-01/2025-03-14). As an object it is for the streams that "
            'it names, by name or pattern: {"clicks": "2025-03"}.'
        ),
    ),
    th.Property(
        "timezone",
        th.StringType,
        default=DEFAULT_TIMEZONE,
        title="Time zone",
        description="IANA name of the zone of the account's timestamps.",
    ),
    th.Property(
        "lookback_minutes",
        th.IntegerType(minimum=0, maximum=_MOST_MINUTES),
        default=180,
        title="Lookback minutes",
        description=(
            "How far before its bookmark every incremental stream reads again: an hour for late "
            "rows, two because the API's zone is assumed, not documented."
        ),
    ),
    th.Property(
        "lag_minutes",
        th.IntegerType(minimum=0, maximum=_MOST_MINUTES),
        default=5,
        title="Lag minutes",
        description="Newest minutes left for the next run, because they may still be filling.",
    ),
    th.Property(
        "unique_clicks",
        th.BooleanType,
        default=False,
        title="Unique clicks",
        description=(
            "One click per destination, link and calendar day; which one is the API's choice."
        ),
    ),
    th.Property(
        "databases",
        th.ArrayType(th.CustomType({"type": ["string", "integer"]})),
        title="Databases",
        description="Names or ids of the databases whose profiles to read; all if not given.",
    ),
    th.Property(
        "optional_streams",
        th.ArrayType(th.StringType),
        title="Optional streams",
        description=(
            "Streams that cost extra calls, by name or pattern, such as `emailing_statistics` or "
            "`log_*`: they are in no catalog unless they are named here."
        ),
    ),
    th.Property(
        "optional_fields",
        th.ArrayType(th.StringType),
        title="Optional fields",
        description=(
            "Fields that are credentials or large, as `stream.field` or pattern: `*.secret`, "
            "`coupons.code`, `publisher_documents.source`. They are in no catalog unless they are "
            "named here."
        ),
    ),
    th.Property(
        "full_table_frequency",
        th.StringType,
        default="daily",
        allowed_values=["daily", "always"],
        title="Full table frequency",
        description=(
            "How often streams without a time (templates, databases and so on) are read: once per "
            "calendar day of the account's zone, or in every run."
        ),
    ),
    th.Property(
        "statistics_window_days",
        th.IntegerType(minimum=0, maximum=_MOST_DAYS),
        default=30,
        title="Statistics window days",
        description="Emailings sent within this many days get their counters read again.",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=1000),
        default=1000,
        title="Page size",
        description="Rows per call, 1 to 1000.",
    ),
    th.Property(
        "concurrency",
        th.IntegerType(minimum=1, maximum=16),
        default=4,
        title="Concurrency",
        description="Calls in flight at once, 1 to 16; 1 is strictly serial.",
    ),
    th.Property(
        "max_api_calls",
        th.IntegerType(minimum=1),
        title="Maximum API calls",
        description=(
            "Stop cleanly, state saved, before the next call would exceed it; every HTTP call counts."
        ),
    ),
    th.Property(
        "max_api_calls_per_month",
        th.IntegerType(minimum=1),
        title="Maximum API calls per month",
        description=(
            "Like `max_api_calls`, counted in the state over the calendar month of the account's zone."
        ),
    ),
    th.Property(
        "request_timeout",
        th.NumberType(exclusive_minimum=0, maximum=_MOST_SECONDS),
        default=180,
        title="Request timeout",
        description="Seconds that one wait of a call may take; the whole call ten times that.",
    ),
    th.Property(
        "max_tries",
        th.IntegerType(minimum=1, maximum=1000),
        default=8,
        title="Maximum tries",
        description="Tries of one call before giving up.",
    ),
    th.Property(
        "backoff_seconds",
        th.NumberType(minimum=0, maximum=_MOST_SECONDS),
        default=2,
        title="Backoff seconds",
        description=(
            "First wait before another try; doubles per try with jitter, at most 120. "
            "`Retry-After` wins, at most 600."
        ),
    ),
    th.Property(
        "api_url",
        th.StringType,
        default=API_URL,
        title="API URL",
        description="Host of the API; the sandbox, or a proxy.",
    ),
    th.Property(
        "auth_url",
        th.StringType,
        title="Authentication URL",
        description=(
            f"Host of v4's token exchange: {AUTH_URL}, or `api_url` where that was changed."
        ),
    ),
    th.Property(
        "bulk_url",
        th.StringType,
        title="Bulk URL",
        description=(
            f"Host for lists of profiles of more than two pages: {BULK_URL}, or `api_url` where that "
            "was changed; empty turns it off."
        ),
    ),
    th.Property(
        "user_agent",
        th.StringType,
        title="User agent",
        description="User-Agent header of every call; `tap-copernica/` and its version by default.",
    ),
    th.Property(
        "emit_activate_version_messages",
        th.BooleanType,
        default=False,
        title="Emit ACTIVATE_VERSION",
        description=(
            "After a list that was read whole, tell the loader to retire the rows that it no longer has. "
            "Not with bulk files: loaders do not know the version of a file's rows."
        ),
    ),
    *personal.PROPERTIES,
    batches.BATCH_CONFIG,
).to_dict()


# Meltano passes lists and fractions from the environment on as texts (`inputs/environment.py` reads them).
for _schema in CONFIG_JSONSCHEMA["properties"].values():
    if {"array", "number"} & set(_schema["type"]):
        _schema["type"].append("string")
# The SDK adds its own settings to the schema later, in place.
_OURS = frozenset(CONFIG_JSONSCHEMA["properties"])


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as the streams use them: checked and typed; defaults are those of the schema."""

    access_token: str = field(repr=False)
    api_version: str
    start_date: datetime | None
    end_date: datetime | None
    newest_first: bool
    reread: Mapping[str, str]
    timezone: str
    clock: AccountClock
    lookback: timedelta
    lag: timedelta
    unique_clicks: bool
    databases: tuple[str, ...] | None
    optional_streams: tuple[str, ...]
    optional_fields: tuple[str, ...]
    full_table_frequency: str
    statistics_window: timedelta
    page_size: int
    concurrency: int
    max_api_calls: int | None
    max_api_calls_per_month: int | None
    request_timeout: float
    max_tries: int
    backoff_seconds: float
    api_url: str
    auth_url: str
    bulk_url: str
    user_agent: str
    activates_versions: bool
    batches: BatchSettings | None
    personal: PersonalSettings


def read(config: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """Read the settings.

    Args:
        config: what the user gave; `advice.unknown_names` warns of names that are no setting.

    Returns:
        The settings, with defaults where a value cannot be used, and a line for each mistake that
        names the setting and says what to give instead. No line holds the token.
    """
    config = without_decimals(dict(config))
    reader = Reader(config, CONFIG_JSONSCHEMA["properties"])
    token = _token(reader)
    version = reader.choice("api_version")
    clock = special.clock(reader)
    start, end = reader.instant("start_date", clock), reader.instant("end_date", clock)
    if config.get("start_date") is None:
        reader.problem(
            "start_date", "is missing; give the date from which to read, like 2024-01-31."
        )
    if start and end and end <= start:
        reader.problem(
            "end_date",
            f"({config['end_date']}) must be after `start_date` ({config['start_date']}).",
        )
    api_url = reader.url("api_url", API_URL)
    moved = api_url != API_URL  # then no token may reach production by accident
    settings = Settings(
        access_token=token,
        api_version=version,
        start_date=start,
        end_date=end,
        newest_first=special.newest_first(reader, bounded=end is not None),
        reread=special.reread(reader, clock),
        timezone=reader.given("timezone"),
        clock=clock,
        lookback=timedelta(minutes=reader.whole("lookback_minutes")),
        lag=timedelta(minutes=reader.whole("lag_minutes")),
        unique_clicks=reader.flag("unique_clicks"),
        databases=special.databases(reader),
        optional_streams=special.names(reader, "optional_streams", "[emailing_statistics, log_*]"),
        optional_fields=special.names(reader, "optional_fields", "[coupons.code]"),
        full_table_frequency=reader.choice("full_table_frequency"),
        statistics_window=timedelta(days=reader.whole("statistics_window_days")),
        page_size=reader.whole("page_size"),
        concurrency=reader.whole("concurrency"),
        max_api_calls=reader.whole_or_none("max_api_calls"),
        max_api_calls_per_month=reader.whole_or_none("max_api_calls_per_month"),
        request_timeout=reader.number("request_timeout"),
        max_tries=reader.whole("max_tries"),
        backoff_seconds=reader.number("backoff_seconds"),
        api_url=api_url,
        auth_url=reader.url("auth_url", api_url if moved else AUTH_URL),
        bulk_url=reader.url("bulk_url", api_url if moved else BULK_URL, may_be_empty=True),
        user_agent=special.user_agent(reader),
        activates_versions=reader.flag("emit_activate_version_messages"),
        batches=batches.read(config, reader.problem),
        personal=personal.read(reader, special.names(reader, "plain_fields", "[Language]")),
    )
    return settings, reader.problems


def _token(reader: Reader) -> str:
    token = reader.config.get("access_token")
    if isinstance(token, str) and token.strip():
        return token.strip()
    what = "is missing" if token is None else "is empty" if token == "" else "is not a text"
    reader.problem("access_token", f"{what}; give the API token from the Copernica dashboard.")
    return ""
