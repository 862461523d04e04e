"""What all calls of a run share: settings, the counter of calls, threads, credentials, path names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.http.abreast import Abreast
from tap_copernica.http.auth import Authenticator, JwtBearer, QueryToken
from tap_copernica.http.bulk import BulkHost
from tap_copernica.http.calls import Calls
from tap_copernica.http.path_names import PathNames
from tap_copernica.http.pool import Pool
from tap_copernica.http.refusals import TokenTrust
from tap_copernica.http.transport import Transport

if TYPE_CHECKING:
    import logging

    from tap_copernica.settings import Settings


class Connection:
    """The connection to the API, for one run.

    Attributes:
        settings: the settings, checked.
        calls: counts the HTTP calls, and retries them.
        transport: sends them.
        pool: the threads that make them.
        abreast: chooses how many windows to read at once.
        authenticator: puts credentials into them.
        token_trust: tells whether a refusal is of the token.
        names: the path names of this API version.
        bulk: the bulk host, for large lists.
    """

    def __init__(
        self, settings: Settings, logger: logging.Logger, calls: Calls | None = None
    ) -> None:
        """Take the settings; no call is made.

        Args:
            settings: the settings, checked.
            logger: where to log.
            calls: the counter of calls of another connection, to share it; None makes a new one.
        """
        self.settings = settings
        self.calls = calls or Calls(
            budget=settings.max_api_calls,
            max_tries=settings.max_tries,
            backoff_seconds=settings.backoff_seconds,
            logger=logger,
        )
        self.transport = Transport(self.calls, settings.request_timeout, settings.user_agent)
        self.pool = Pool(settings.concurrency, self.calls)
        self.abreast = Abreast(settings.concurrency)
        self.authenticator = self._authenticator()
        self.token_trust = TokenTrust()
        self.names = PathNames(settings.api_version)
        self.bulk = BulkHost(settings, self.transport, self.calls, logger)

    def _authenticator(self) -> Authenticator:
        settings = self.settings
        if settings.api_version == "v4":
            return JwtBearer(settings.access_token, settings.auth_url, self.transport, self.calls)
        return QueryToken(settings.access_token)
