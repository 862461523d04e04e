"""Everything that is unknown about the real API, or differs between accounts.

Each is a switch with a plausible default.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any


def _switch(default: Any, meaning: str, *choices: str) -> Any:
    return field(default=default, metadata={"meaning": meaning, "choices": choices})


@dataclass(frozen=True, slots=True)
class Switches:
    """How this simulated API behaves.

    The defaults are the most plausible reading of the documentation.
    """

    # Time
    zone: str = _switch("Europe/Amsterdam", "zone of the account's wall clock")
    begin_inclusive: bool = _switch(
        default=True, meaning="begintime, fromdate and from include their own second"
    )
    end_inclusive: bool = _switch(
        default=False, meaning="endtime and todate include their own second"
    )
    bounds: str = _switch(
        "texts", "bounds are compared with timestamps as texts or as instants", "texts", "instants"
    )
    default_period: str = _switch("all", "what a call without begintime reads", "all", "month")
    filter_ignored: bool = _switch(
        default=False, meaning="begintime and endtime are silently ignored"
    )
    fields_ignored: bool = _switch(default=False, meaning="fields[] is silently ignored")
    to_inclusive: bool = _switch(default=True, meaning="`to` of whole-day filters includes its day")
    consumption_end_inclusive: bool = _switch(
        default=True, meaning="`end` of consumption includes its day"
    )
    log_zone: str = _switch("UTC", "zone of the days and times of log files")
    retention_days: int = _switch(0, "events older than this many days are gone; 0 keeps all")
    late_fraction: float = _switch(0.0, "share of events (0..1) that show up late")
    late_minutes: int = _switch(60, "how many minutes after their timestamp late events show up")
    # Lists
    order: str = _switch(
        "asc",
        "order of lists by time; shuffled is the same at every call",
        "asc",
        "desc",
        "shuffled",
    )
    page_cap: int = _switch(1000, "most rows in one reply")
    cap_echoed: bool = _switch(
        default=True, meaning="the reply's limit is the capped one, not the one asked for"
    )
    total: str = _switch(
        "exact", "what total says", "exact", "absent", "string", "account", "three_high", "zero"
    )
    seam: str = _switch(
        "clean",
        "later pages begin with the last row of the page before, or hide a row between pages",
        "clean",
        "repeat",
        "hide",
    )
    bare_lists: str = _switch(
        "whole",
        "whether logfiles, and what is added to links, use start and limit",
        "whole",
        "paged",
    )
    bare_form: str = _switch(
        "list",
        "lists without an envelope are written as JSON arrays, or as PHP's objects with numeric keys",
        "list",
        "object",
    )
    nextid: bool = _switch(default=False, meaning="full pages carry nextid")
    # Mailings
    sending_hours: int = _switch(0, "hours that a mailing is being sent; 0: ten minutes")
    destinations_counted: str = _switch(
        "planned",
        "what `destinations` of a mailing counts: all that it is to be sent to, or those so far",
        "planned",
        "so_far",
    )
    final_groups: str = _switch(
        "all", "which split runs have a final group: all, or every other one", "all", "half"
    )
    no_final_group: str = _switch(
        "missing",
        "answer for a mailing without a final group: 400 as for what does not exist, 400 in other"
        " words, 400 as for an unknown method, [] or {}",
        "missing",
        "refused",
        "unknown",
        "list",
        "object",
    )
    # Databases
    embedded_cap: int = _switch(
        1000, "most fields, interests and collections embedded in a database"
    )
    nested_ids: str = _switch(
        "fields",
        "which ids start again in each parent: those of fields (observed), or of all that is addressed"
        " only below a parent (coupons and final groups too), or none",
        "fields",
        "all",
        "none",
    )
    embedded_fields_cap: int = _switch(100, "most fields embedded in a collection")
    id_lists: str = _switch(
        "whole", "whether profileids and its like use start and limit", "whole", "paged"
    )
    id_list_cut: int = _switch(0, "most ids in one reply of profileids and its like; 0: no end")
    field_values: str = _switch(
        "text", "JSON type of numbers in (sub)profile fields", "text", "typed", "mixed"
    )
    interests: str = _switch(
        "names",
        "profiles have their interests as a list of names, or as an object that says of names whether they"
        " are on, in numbers or booleans, as webhooks do",
        "names",
        "numbers",
        "booleans",
    )
    intentions: bool = _switch(
        default=True, meaning="databases, collections and selections carry intentions"
    )
    bulk: str = _switch(
        "streams",
        "the bulk host streams large lists, caps them like the other host, says well-formed that they"
        " are empty, ends them well-formed after their first third, does not know its paths, refuses"
        " connections, or never answers",
        "streams",
        "capped",
        "empty",
        "partial",
        "missing",
        "refuses",
        "hangs",
    )
    bulk_limit: int = _switch(100_000, "most rows in one streamed reply of the bulk host")
    bulk_cut_bytes: int = _switch(
        0, "the bulk host breaks off every reply after this many bytes; 0: never"
    )
    unique_choice: str = _switch("first", "which click unique=true keeps", "first", "last")
    # Values
    id_type: str = _switch(
        "documented", "JSON type of ids", "documented", "string", "number", "mixed"
    )
    number_type: str = _switch(
        "documented", "JSON type of counts", "documented", "string", "number", "mixed"
    )
    flag_type: str = _switch(
        "documented", "JSON type of flags", "documented", "flag", "number", "string", "mixed"
    )
    time_type: str = _switch(
        "documented", "times as text or PHP DateTime", "documented", "text", "object", "mixed"
    )
    person_type: str = _switch(
        "documented", "senders as object or text", "documented", "object", "string", "mixed"
    )
    empty_object: str = _switch("list", "an empty object is written [] or {}", "list", "object")
    key_case: str = _switch(
        "documented", "case of the keys", "documented", "upper", "lower", "mixed"
    )
    nothing: str = _switch(
        "null", "how a missing id or date is written", "null", "zero", "false", "empty", "mixed"
    )
    extra_fields: bool = _switch(
        default=False, meaning="records carry fields that no documentation names"
    )
    unicode_escaped: bool = _switch(
        default=True, meaning="text outside ASCII is written as \\uXXXX, as PHP does"
    )
    wrapped: bool = _switch(default=False, meaning="single objects sit under a data property")
    marker: str = _switch(
        "",
        "text added to every text value, to find out where values leak to; U+F8FF in it is sent as the byte"
        " FF, which is no UTF-8, and U+F8FE as half of a surrogate pair",
    )
    damage: str = _switch(
        "none",
        "what no JSON parser takes, in every other row: at the end of texts the byte FF, a latin-1"
        " letter, half an emoji, half of a surrogate pair or a raw tab; in the place of numbers 1e400, NaN"
        " or 5,000 digits",
        "none",
        "byte",
        "latin1",
        "emoji",
        "surrogate",
        "tab",
        "huge",
        "nan",
        "digits",
    )
    # HTTP
    names: str = _switch(
        "both",
        "path names under v4: ms and publisher, or draganddrop and html",
        "both",
        "old",
        "new",
    )
    location_query: bool = _switch(
        default=True, meaning="Location after a PUT of v2 has the query, so the token (observed)"
    )
    v3_prefix: bool = _switch(
        default=True, meaning="error messages of v3 start with `Copernica REST API Error 400: `"
    )
    moved: str = _switch(
        "no", "lists answer 301, to a trailing slash or another path", "no", "slash", "path"
    )
    date_header: str = _switch("on", "the Date header", "on", "off", "garbage")
    clock_offset_seconds: int = _switch(0, "how far the Date header and the JWT's times are off")
    content_type: str = _switch(
        "json", "Content-Type of good answers: application/json, or PHP's text/html", "json", "html"
    )
    mark: bool = _switch(default=False, meaning="good answers begin with a byte order mark")
    # Authentication
    jwt_lifetime_seconds: int = _switch(86_400, "how long a JWT is valid, in real seconds")
    expired_jwt: str = _switch(
        "400json",
        "answer to an expired or invalid JWT; 400words: in a JWT library's words",
        "400json",
        "400words",
        "400empty",
        "401json",
        "401empty",
        "403",
        "498",
    )
    failed_exchange: str = _switch(
        "400json", "answer to an exchange of a bad token", "400json", "401", "200text"
    )
    raw_token_as_bearer: bool = _switch(
        default=False, meaning="v4 accepts the API token itself as Bearer"
    )
    jwt_body: str = _switch(
        "text",
        "how the exchange answers; marked: after a byte order mark",
        "text",
        "padded",
        "marked",
        "json_string",
        "json_object",
    )
    jwt_content_type: str = _switch(
        "text/html; charset=UTF-8", "Content-Type of the exchange's answer; the default is PHP's"
    )
    v4_only: bool = _switch(default=False, meaning="the token is refused on v2 and v3")

    def changed(self, **values: Any) -> Switches:
        """Return a copy with these switches set.

        Raises ValueError naming an unknown switch or value.
        """
        known = {entry.name: entry for entry in fields(self)}
        for name, value in values.items():
            if name not in known:
                msg = f"unknown switch {name!r}; known: {', '.join(known)}"
                raise ValueError(msg)
            choices = known[name].metadata["choices"]
            if choices and value not in choices:
                msg = f"switch {name} cannot be {value!r}; choose from {', '.join(choices)}"
                raise ValueError(msg)
            if type(value) is not type(getattr(self, name)) and not (
                isinstance(getattr(self, name), float) and isinstance(value, int)
            ):
                msg = f"switch {name} takes a {type(getattr(self, name)).__name__}, not {value!r}"
                raise ValueError(msg)
        return replace(self, **values)

    def parsed(self, name: str, text: str) -> Switches:
        """Return a copy with one switch set from its text, as written on a command line."""
        current = getattr(self, name, None)
        if isinstance(current, bool):
            if text.lower() not in {"true", "false", "1", "0", "on", "off"}:
                msg = f"switch {name} takes true or false, not {text!r}"
                raise ValueError(msg)
            return self.changed(**{name: text.lower() in {"true", "1", "on"}})
        if isinstance(current, (int, float)):
            return self.changed(**{name: type(current)(text)})
        return self.changed(**{name: text})


def described() -> list[tuple[str, str, str]]:
    """Return (name, default, meaning with the choices) of every switch."""
    rows = []
    for entry in fields(Switches):
        meaning = entry.metadata["meaning"]
        if entry.metadata["choices"]:
            meaning += f" ({', '.join(entry.metadata['choices'])})"
        rows.append((entry.name, str(entry.default), meaning))
    return rows
