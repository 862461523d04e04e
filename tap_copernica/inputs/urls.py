"""URLs of hosts, as users write them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_VERSION = re.compile(r"/v\d+$")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_LONGEST_HOST = 253


def version_in(url: object) -> str | None:
    """Give the API version at the end of a URL, like `/v2`; None if there is none."""
    found = _VERSION.search(url.strip().rstrip("/")) if isinstance(url, str) else None
    return found[0] if found else None


def plain_url(text: str) -> str | None:
    """Give the URL of a host without an API version and slash at its end; None if it is no such URL."""
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # `port` raises ValueError if it is not a port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or not _is_host(host):
        return None
    if "[" in parts.netloc and ":" not in host:  # brackets are for addresses of IPv6
        return None
    if parts.query or parts.fragment or "@" in parts.netloc or parts.netloc.endswith(":"):
        return None
    path = _VERSION.sub("", parts.path)
    if not (path.isascii() and path.isprintable()) or " " in path:
        return None
    return f"{parts.scheme}://{parts.netloc.lower()}{path.rstrip('/')}"


def _is_host(host: str) -> bool:
    """Tell whether a text can be the name or the address of a host."""
    if ":" in host:
        try:
            return bool(ipaddress.IPv6Address(host.partition("%")[0]))
        except ValueError:
            return False
    try:
        name = host.encode("idna").decode().removesuffix(".")
    except UnicodeError:
        return False
    return len(name) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, name.split(".")))
