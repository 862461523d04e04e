"""What can go wrong, in words a user can act on.

Whatever a user sees is a `CopernicaError`, a `click.ClickException`: one line, no traceback, exit
status 1. An error of one stream (`StreamError`) ends that stream only; a `RunError` ends the run.
"""

from __future__ import annotations

from typing import Any

import click
from singer_sdk.exceptions import ConfigValidationError, RetriableAPIError
from typing_extensions import override

from tap_copernica.redaction import redact


class CopernicaError(click.ClickException):
    """A failure that is told to the user in one line, never with a secret in it."""

    def __init__(self, message: str) -> None:
        """Keep `message` with every secret masked."""
        click.ClickException.__init__(self, redact(message.strip()))


class SettingsError(ConfigValidationError, CopernicaError):
    """Settings that cannot be used, one line each."""

    def __init__(self, problems: list[str], schema: dict[str, Any] | None = None) -> None:
        """Keep the lines; the SDK logs them one by one, click prints them together."""
        errors = [redact(line) for line in problems]
        CopernicaError.__init__(self, "\n".join(errors))
        self.errors = errors
        self.schema = schema or {}

    @override
    def format_message(self) -> str:
        """Give what click shows behind its `Error: `, which each line gets."""
        return "\nError: ".join(self.errors)


class StreamError(CopernicaError):
    """Ends one stream; the others still run, and the exit status is 1."""


class IgnoredFilterError(StreamError):
    """The API answered with rows from outside the period that was asked for."""


class UnreadableError(StreamError):
    """The API's answer cannot be trusted to be complete, so nothing of it was written."""


class EndlessError(UnreadableError):
    """The API gives ever more rows than it says it has."""


class ApiError(StreamError):
    """The API refused a call with HTTP 400; `said` holds its own words."""

    def __init__(self, message: str, said: str) -> None:
        """Keep the line for the user and the API's own message, which tells the causes apart."""
        super().__init__(message)
        self.said = said


class NotOfferedError(ApiError):
    """This account or API version has no such endpoint: its stream is skipped with a warning."""


class DoubtfulError(ApiError):
    """A refusal that may be about the token or JWT, or about one call only."""

    def __init__(self, message: str, said: str, of_the_token: str) -> None:
        """Keep two lines: `message` if this call is refused, `of_the_token` if the token is."""
        super().__init__(message, said)
        self.of_the_token = redact(of_the_token)


class RunError(CopernicaError):
    """Ends the run: what failed concerns every stream."""


class TokenError(RunError):
    """The token, or the JWT made from it, was refused."""


class UnreachableError(RunError):
    """The API cannot be reached, or stays overloaded, after all tries."""


def output_failure(error: OSError) -> RunError:
    """Say why the output could not be written."""
    if isinstance(error, BrokenPipeError):
        return RunError(
            "Whatever reads the output has ended (broken pipe), so this run ends too. Look for its own "
            "error; the last state that it wrote says from where to go on."
        )
    reason = error.strerror or type(error).__name__
    return RunError(
        f"The output could not be written ({reason}), so this run ends. Make sure that it can be, for "
        "example that its disk has room; then run again with the last state that arrived."
    )


class EndOfRun(BaseException):
    """Ends the run from inside a stream.

    Not an `Exception`, as `KeyboardInterrupt` is none: the SDK would log it as unhandled.
    """

    def __init__(self, error: RunError | None = None) -> None:
        """Keep the error that is the reason; None if the run ends for another reason."""
        super().__init__(str(error) if error else "")
        self.error = error


class EndOfStream(BaseException):
    """Ends one stream from inside the SDK, which would log an `Exception` as unhandled."""

    def __init__(self, error: StreamError) -> None:
        """Keep the error that is the reason."""
        super().__init__(str(error))
        self.error = error


class BudgetSpent(EndOfRun):
    """The next call would exceed `max_api_calls`: the user asked for this end."""


class Interrupted(EndOfRun):
    """SIGTERM or Ctrl-C arrived; `signum` is which."""

    def __init__(self, signum: int) -> None:
        """Keep the signal's number, from which the exit status is made."""
        super().__init__()
        self.signum = signum


FAILS_AGAIN = "Run again later; if it stays so, lower `page_size` or raise `max_tries`."
IS_UNDOCUMENTED = (
    "Run again later; if it stays so, please report it as an unexpected API answer: it has none of the "
    "documented forms."
)


class TransientError(RetriableAPIError):
    """A call that failed in a way that is worth another try.

    Attributes:
        overloaded: the API itself is too busy, so every worker should wait.
        retry_after: seconds the API asked to wait, where it said so.
        unreachable: no answer came at all.
        advice: what to do if every try fails so; for what is neither overloaded nor unreachable.
    """

    def __init__(
        self,
        message: str,
        *,
        overloaded: bool = False,
        unreachable: bool = False,
        retry_after: float | None = None,
        advice: str = FAILS_AGAIN,
    ) -> None:
        """Keep what happened, with secrets masked, and how to wait."""
        super().__init__(redact(message))
        self.overloaded = overloaded
        self.unreachable = unreachable
        self.retry_after = retry_after
        self.advice = advice
