"""The setting `reread`: whether what it names can be read again, and lines for what cannot."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tap_copernica.errors import StreamError
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.covered import CoveredStream

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.streams import Stream as SdkStream

    from tap_copernica.settings import Settings
    from tap_copernica.streams.base import Stream


class RereadNames:
    """The streams that `reread` names."""

    def __init__(
        self, streams: Sequence[type[Stream]], prefixes: Iterable[str], settings: Settings
    ) -> None:
        """Take all streams with a name, and what the names of the account's own streams begin with."""
        self._streams = streams
        self._own = tuple(prefixes)
        self._version = settings.api_version
        self._entries = settings.reread

    def problems(self) -> Iterator[str]:
        """Give an error line for each entry that matches no stream; it lists those that can be read again."""
        for entry in self._entries:
            if not self._matched(entry) and not entry.startswith(self._own):
                known = sorted(
                    _name(one)
                    for one in self._streams
                    if issubclass(one, CoveredStream) and self._version in one.api_versions
                )
                yield f"`reread` names `{entry}`, which is no stream. There are: {', '.join(known)}."

    def warnings(self) -> Iterator[str]:
        """Give a line for each entry that changes nothing: of another version, or not read by time."""
        for entry in self._entries:
            matched = self._matched(entry)
            if not matched and not entry.startswith(self._own):
                continue  # a problem
            versions = {version for one in matched for version in one.api_versions}
            if matched and self._version not in versions:
                there = " and ".join(one for one in API_VERSIONS if one in versions)
                yield f"`reread`: `{entry}` is not in {self._version}, but in {there}."
            elif not any(issubclass(one, CoveredStream) for one in matched):
                yield (
                    f"`reread`: `{entry}` is not read by periods, so nothing of it is read again. "
                    "docs/incremental.md says what each stream does."
                )

    def _matched(self, entry: str) -> list[type[Stream]]:
        return [one for one in self._streams if fnmatchcase(_name(one), entry)]


def tell_of_periods_in_vain(streams: Iterable[SdkStream], logger: logging.Logger) -> None:
    """Warn, once for each period, where `reread` names one of which a stream has read nothing yet."""
    found: dict[tuple[str, str], list[str]] = {}
    for stream in streams:
        if not isinstance(stream, CoveredStream) or not stream.selected:
            continue
        try:
            why = stream.why_not_read_again()
        except StreamError:
            continue  # of a bookmark; the stream fails at it
        if why is not None:
            found.setdefault(why, []).append(stream.name)
    for (period, reason), names in found.items():
        logger.warning(
            "Setting `reread` (%s): nothing is read again of %s, since the period %s",
            *(period, ", ".join(sorted(names)), reason),
        )


def _name(stream: type[Stream]) -> str:
    return str(getattr(stream, "name", ""))
