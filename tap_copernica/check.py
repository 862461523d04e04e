"""`--test`: tells whether the token works and which streams answer, with one call for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tap_copernica.errors import CopernicaError, EndOfRun, NotOfferedError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_copernica.streams.base import Stream


def check(streams: Iterable[Stream]) -> None:
    """Ask for the account, then for one row of each stream of the catalog; print a line for each.

    Raises:
        RunError: if the token or the host does not work, or a stream does not answer.
    """
    chosen = sorted(
        (stream for stream in streams if stream.is_probed),
        key=lambda stream: (stream.name != "account", stream.name),
    )
    click.echo(f"At most {len(chosen)} calls, one for each stream; nothing is read.", err=True)
    failed: list[str] = []
    answered = 0
    for stream in chosen:
        try:
            answer = stream.probe()
            answered += 1
        except NotOfferedError as error:
            answer = f"not offered to this account ({error.said})"
        except RunError:
            raise
        except EndOfRun as end:
            raise end.error or RunError("The test was ended before it was complete.") from None
        except CopernicaError as error:
            failed.append(stream.name)
            answer = f"FAILED: {error.message}"
        click.echo(f"{stream.name:<28} {answer}")
    if failed:
        msg = f"{len(failed)} of {len(chosen)} streams did not answer: {', '.join(failed)}."
        raise RunError(msg)
    if not answered:
        msg = (
            "The account offers none of the streams. Check `api_url`, `api_version` and the rights of "
            "`access_token`."
        )
        raise RunError(msg)
