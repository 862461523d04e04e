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
    """The answers so far: a look-up here is faster than the cache of `functools`."""

    def __missing__(self, useragent: str | None) -> bool | None:
        if len(self) >= _KEPT:
            self.clear()
        answer = self[useragent] = _is_machine(useragent)
        return answer


def _is_machine(useragent: str | None) -> bool | None:
    if not useragent or not useragent.strip():
        return None
    return _MACHINE.search(useragent.strip()) is not None


is_machine = _Known().__getitem__
"""Tells whether a user agent is that of a machine; None if there is no user agent.

The user agent is taken as it is in the record, also if text in it was damaged.
"""
