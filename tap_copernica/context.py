"""The tap as its streams know it: streams are typed by this class, so that they never import `tap.py`."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from tap_copernica.sdk import OpenTap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.account.definitions import Definitions
    from tap_copernica.run import Run


class CopernicaTap(OpenTap):
    """A tap whose streams share one run and one account."""

    @property
    @abstractmethod
    def run(self) -> Run:
        """What the streams of this run share."""

    @abstractmethod
    def withheld(self, stream: str, fields: Sequence[str]) -> tuple[str, ...]:
        """Give those of a stream's optional fields that the settings do not name."""

    @property
    @abstractmethod
    def definitions(self) -> Definitions:
        """The account's databases and collections, asked for when somebody wants to know."""
