"""Bookmarks, and what else the state keeps of a stream; written when the stream says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.sdk import HeldStream

if TYPE_CHECKING:
    from datetime import datetime

    from singer_sdk.helpers.types import Context

BOOKMARK = "replication_key_value"


class BookmarkedStream(HeldStream):
    """A stream that writes its own bookmark, and STATE only when told to."""

    source: str | None = None
    """What the state belongs to, like `database/12`, where the stream's name may pass to another."""

    @property
    def is_incremental(self) -> bool:
        """Whether bookmarks are read and written: not when the catalog forces FULL_TABLE."""
        return self.replication_method == "INCREMENTAL"

    @property
    def bookmark(self) -> str | None:
        """The bookmark's text, if there is one for this replication key."""
        state = self.get_context_state(None)
        value = state.get(BOOKMARK)
        if (
            not self.is_incremental
            or state.get("replication_key", self.replication_key) != self.replication_key
        ):
            return None
        return value if isinstance(value, str) else None

    def progress(self, name: str) -> Any:
        """Give what the state keeps of the stream under `name`, or None."""
        return self.get_context_state(None).get(name)

    @property
    def meanings(self) -> dict[str, Any]:
        """The settings that change what a row means, and their values; None for a default.

        They are kept with the bookmark. If one has another value in a later run, that run warns.
        """
        return {}

    def changed_meanings(self) -> list[str]:
        """Name the settings whose value is not what it was when the bookmark was written."""
        if self.bookmark is None:
            return []
        return [name for name, value in self.meanings.items() if self.progress(name) != value]

    def belongs_to(self, source: str) -> None:
        """Say what the stream reads, like `database/12`; forget the state if it is of something else.

        A state of an earlier version does not say what it belongs to, and is kept.
        """
        self.source, former = source, self.progress("source")
        if former in (None, source) or not self.is_incremental:
            return
        self.logger.warning(
            "%s: the state belongs to %s, which had this name before; the stream reads %s now. It is read from "
            "its beginning; rows of %s that were loaded before stay in the table.",
            self.name,
            former,
            source,
            former,
        )
        state = self.get_context_state(None)
        # Not left out: Meltano merges states key by key, so that the old values would come back.
        state.update(dict.fromkeys(state))

    def write_state(self, bookmark: str | None = None, /, **progress: Any) -> None:
        """Write STATE, after every row it covers was handed to the writer.

        Args:
            bookmark: RFC 3339 text in UTC; None leaves it as it is.
            progress: more to keep for the next run. None removes a value. It is written as null, since
                Meltano merges states key by key: a key that is left out would come back.
        """
        if not self.is_incremental:
            return
        state = self.get_context_state(None)
        if self.source is not None:
            progress = {"source": self.source, **progress}
        if bookmark is not None:
            state["replication_key"] = self.replication_key
            state[BOOKMARK] = bookmark
            progress = {**self.meanings, **progress}
        for name, value in progress.items():
            if value is not None or name in state:
                state[name] = value
        self.write_state_now()

    def write_progress(self, **progress: Any) -> None:
        """Write STATE of a FULL_TABLE stream, with more to keep for the next run. None removes a value."""
        self.get_context_state(None).update(progress)
        self.write_state_now()

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> datetime | None:
        """Give None, no upper bound for bookmarks: the stream itself reads nothing from the future."""
        return None
