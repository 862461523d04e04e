"""Proxies and certificates that the environment names, checked before the first call: `requests` does not."""

from __future__ import annotations

import importlib.util
import os
import re
import ssl
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from requests.utils import select_proxy

from tap_copernica.errors import RunError
from tap_copernica.redaction import add_secret

if TYPE_CHECKING:
    import requests

_VARIABLES = "HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
_PLAIN = frozenset({"http", "https"})
_SOCKS = frozenset({"socks4", "socks4a", "socks5", "socks5h"})
# The login in a proxy's address: all up to the last @ before the path. The address may be no valid URL.
_LOGIN = re.compile(r"^(?:[a-z0-9+.-]*:?//)?([^/]*)@", re.IGNORECASE)


def hide_proxy_logins() -> None:
    """Treat logins of proxies as secrets, also if their addresses are not valid."""
    for name, address in os.environ.items():
        found = _LOGIN.match(address) if name.lower().endswith("_proxy") else None
        if found:
            _, _, password = found[1].partition(":")
            for secret in (found[1], password, unquote(password)):
                add_secret(secret)


def environment_of(session: requests.Session, url: str) -> dict[str, Any]:
    """Give the proxies and the certificates that the environment names for a URL.

    Raises:
        RunError: if they cannot be used. Its message has no address, since a password may be in it.
    """
    hide_proxy_logins()
    try:
        settings = session.merge_environment_settings(url, {}, None, None, None)
        proxy = select_proxy(url, settings["proxies"])
    except ValueError:
        msg = f"The proxy settings of the environment cannot be read. Check {_VARIABLES} and NO_PROXY."
        raise RunError(msg) from None
    if proxy is not None:
        _check_proxy(str(proxy))
    if isinstance(settings["verify"], str):
        _check_certificates(settings["verify"])
    return {name: settings[name] for name in ("proxies", "verify", "cert")}


def _check_proxy(address: str) -> None:
    full = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(full)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    known = parts.scheme in _PLAIN | _SOCKS
    is_open = parts.netloc.endswith(":") or ("[" in parts.netloc and ":" not in host)
    if not known or is_open or port == 0 or not re.fullmatch(r"[\w.:%-]+", host):
        msg = (
            f"The address of the proxy is not valid. Check {_VARIABLES}: it should be like "
            "http://proxy.example:8080, with a login as http://user:password@proxy.example:8080."
        )
        raise RunError(msg)
    if parts.scheme in _SOCKS and importlib.util.find_spec("socks") is None:
        msg = (
            "The environment names a SOCKS proxy, for which the package PySocks is needed: install "
            f"`requests[socks]` beside the tap, or name another proxy in {_VARIABLES}."
        )
        raise RunError(msg)


def _check_certificates(path: str) -> None:
    """Make sure that a file of certificates can be read and has some; a folder is not looked into."""
    try:
        if Path(path).is_dir():
            return
        state = Path(path).stat()
        _read_certificates(path, state.st_ino, state.st_mtime_ns, state.st_size)
    except (OSError, ValueError) as error:
        what = (
            "is missing" if isinstance(error, FileNotFoundError) else "holds no certificates (PEM)"
        )
        msg = (
            f"The file of trusted certificates {what}: {path}. Check REQUESTS_CA_BUNDLE and "
            "CURL_CA_BUNDLE."
        )
        raise RunError(msg) from None


@lru_cache(maxsize=8)
def _read_certificates(path: str, *_stamp: int) -> None:
    """Read a file of certificates; again only if its stamp has changed, since each thread asks for it."""
    ssl.create_default_context(cafile=path)
