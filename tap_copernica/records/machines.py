"""Whether a click or an open came from a machine: a mail proxy, a link scanner, a crawler.

A list of patterns of user agents, as of November 2026. Sources: the agents that Google, Yahoo and Apple
send for images that they load ahead, and the names that scanners of links and crawlers give themselves.
"""

from __future__ import annotations

import re

_MACHINE = re.compile(
    r"""GoogleImageProxy|YahooMailProxy|ggpht\.com      # images loaded by a provider
    |barracuda|proofpoint|mimecast|symantec|messagelabs|trendmicro|fireeye|forcepoint|zscaler|safelinks
    |bot\b|bot/|crawler|spider|slurp|facebookexternalhit|preview|scanner|headless|phantomjs|monitor
    |^(curl|wget|python|java|go-http-client|okhttp|ruby|php|perl|libwww|axios|node)[-/ ]?
    |^Mozilla/5\.0$                                  # Apple's Mail Privacy Protection, and scanners
    """,
    re.IGNORECASE | re.VERBOSE,
)


_KEPT = 50_000


class _Known(dict["str | None", "bool | None"]):
    """What was told of user agents: a look-up takes less than the cache of `functools`."""

    def __missing__(self, useragent: str | None) -> bool | None:
        if len(self) >= _KEPT:
            self.clear()
        told = self[useragent] = _is_machine(useragent)
        return told


def _is_machine(useragent: str | None) -> bool | None:
    if not useragent or not useragent.strip():
        return None
    return _MACHINE.search(useragent.strip()) is not None


is_machine = _Known().__getitem__
"""Tells whether a user agent is a machine's; None where there is none to judge by.

It is judged as it stands in the record, damaged or not.
"""
