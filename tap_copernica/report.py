"""What the run could not do: kept as it happens, repeated in the last lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.errors import RunError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping
    from typing import Any

    from tap_copernica.calls import Calls
    from tap_copernica.errors import CopernicaError


class Report:
    """Failures of single streams."""

    def __init__(self, logger: logging.Logger) -> None:
        """Log to the tap's logger."""
        self._logger = logger
        self.failures: dict[str, CopernicaError] = {}

    def failed(self, stream: str, error: CopernicaError) -> None:
        """Note that a stream ended early; the others go on."""
        self.failures[stream] = error
        self._logger.error("%s", error.message)

    def skipped(self, stream: str, error: CopernicaError) -> None:
        """Note that the account does not have a stream."""
        self._logger.warning("%s Stream `%s` is skipped.", error.message, stream)

    def budget_spent(self, calls: Calls, state: Mapping[str, Any]) -> None:
        """Say that `max_api_calls` ended the run, how far each stream came, and how to go on."""
        reached = ", ".join(
            f"{stream} up to {bookmark.get('replication_key_value', 'its start')}"
            for stream, bookmark in state.get("bookmarks", {}).items()
        )
        self._logger.warning(
            "`max_api_calls` (%s) is used up, so the run ends here with its state saved. Read: %s. "
            "What is later, or in other streams, is left: run again to go on, or raise the setting.",
            calls.budget,
            reached or "nothing yet",
        )

    def outcome(self) -> RunError | None:
        """Give the error that ends the run with exit status 1, if a stream failed."""
        if not self.failures:
            return None
        lines = " ".join(error.message for error in self.failures.values())
        names = ", ".join(self.failures)
        return RunError(f"{len(self.failures)} of the streams failed ({names}): {lines}")
