"""What this tap has read, as data: one row for each window, list or pass that a run finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.records import fields as f
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.records.rows import Record


class SyncWindowsStream(Stream):
    """The evidence of completeness; it makes no call. Its rows come between those of other streams.

    A row is written after the rows that it describes, and before the STATE that covers them.
    """

    name = "sync_windows"
    path = ""
    primary_keys = ("stream", "from", "to")
    replication_key = "finished"
    notes_windows = True  # no row about itself
    read_order = -1  # its SCHEMA comes before any row
    is_probed = False
    cost = "0"
    schema = f.record(
        **{
            "stream": f.key(f.text("Name of the stream that was read.", f.NONE)),
            "from": f.key(f.moment("Begin of the window, in UTC; of a list when it was begun.")),
            "to": f.key(f.moment("End of the window, exclusive, in UTC; of a list as `from`.")),
            "announced": f.integer("Rows that the API announced; null where it did not.", f.NONE),
            "distinct": f.integer(
                "Different rows that came; a window is asked for a second wider than it is.", f.NONE
            ),
            "written": f.integer("Rows of the window, list or pass that were written.", f.NONE),
            "verdict": f.text(
                "How it is known to be complete: counted, confirmed, united, without_total, answered, short "
                "or partial.",
                f.NONE,
            ),
            "readings": f.integer("How often it was read until that was known.", f.NONE),
            "calls": f.integer("Calls that this took.", f.NONE),
            "started": f.moment("When its reading was begun, in UTC."),
            "finished": f.moment("When its rows were written, in UTC."),
            "run": f.text("Id of the run.", f.NONE),
            "version": f.text("Version of the tap.", f.NONE),
        }
    )

    @override
    def read(self) -> Iterator[Record]:
        self.run.ledger.write = self._write
        return iter(())

    @override
    def activate_version(self) -> None:
        """Never: rows of earlier runs stay as they are."""

    def _write(self, row: Record) -> None:
        self.watch.rows += 1
        self.write_at_once(row)
