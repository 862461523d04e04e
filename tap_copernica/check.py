"""`--test`: tells whether the token works and which streams answer, with one call for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tap_copernica.errors import BudgetSpent, CopernicaError, EndOfRun, NotOfferedError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_copernica.account.definitions import Definitions
    from tap_copernica.streams.base import Stream


def check(streams: Iterable[Stream], definitions: Definitions | None = None) -> None:
    """Ask for the account, then for one row of each stream of the catalog; print a line for each.

    Args:
        streams: the streams to ask for.
        definitions: the account's databases, if the setting `databases` names some of them.

    Raises:
        RunError: if the token or the host does not work, a stream does not answer, or `databases` names what
            does not exist.
    """
    chosen = sorted(
        (stream for stream in streams if stream.is_probed),
        key=lambda stream: (stream.name != "account", stream.name),
    )
    more = "" if definitions is None else ", then those for the list of databases"
    click.echo(
        f"At most {len(chosen)} calls, one for each stream{more}; nothing is read.", err=True
    )
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
    if definitions is not None:
        _check_databases(definitions)
    if failed:
        msg = f"{len(failed)} of {len(chosen)} streams did not answer: {', '.join(failed)}."
        raise RunError(msg)
    if not answered:
        msg = (
            "The account offers none of the streams. Check `api_url`, `api_version` and the rights of "
            "`access_token`."
        )
        raise RunError(msg)


def _check_databases(definitions: Definitions) -> None:
    """Print a line if all that `databases` names exists; raises `RunError` if something does not."""
    try:
        definitions.chosen  # noqa: B018 - it is read for its error
    except NotOfferedError:
        return  # told of the stream `databases`
    except BudgetSpent:
        msg = "`max_api_calls` is too small to ask which databases there are. Raise it."
        raise RunError(msg) from None
    except EndOfRun as end:
        raise end.error or RunError("The test was ended before it was complete.") from None
    click.echo(f"{'`databases`':<28} names what exists")
