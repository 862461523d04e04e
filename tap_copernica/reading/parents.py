"""Asks the API for something below each parent of a list, and decides what a refusal means.

A refusal of one parent says nothing about the others: the parent is left out, and the next run asks for it
again. If every parent is refused, also one that must exist, the account does not have the endpoint. The two
cases look the same until one parent is answered; so refusals are held back until then.

A parent whose answer fails in each try, or cannot be used, is left out as well. But several in a row look
like an API that is out of order; then the stream ends, since each of them costs all its tries.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from typing_extensions import override

from tap_copernica.errors import ApiError, NotOfferedError, StreamError, UnreadableError
from tap_copernica.http.pool import in_order, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_copernica.http.pool import Pool

P = TypeVar("P")
R = TypeVar("R")

# After so many refusals without an answer, other parents are tried, to see whether any is answered.
_MOST_HELD = 8
# After so many failures without an answer, no more parents are left out.
_MOST_FAILED = 2
MOST_WAITING = 100
_LONGEST_WAIT = timedelta(days=31)
# `No database with supplied ID`, `No collection with given ID`, `No entity …` (observed). Other texts that
# begin with "no", such as one about a licence, say nothing about a parent.
_GONE = re.compile(r"(^|error 400: )no [\w -]+ with (the )?(supplied|given) id\b")


@dataclass(frozen=True, slots=True)
class Refused:
    """What came instead of an answer.

    Attributes:
        error: the refusal.
    """

    error: StreamError

    @property
    def is_gone(self) -> bool:
        """Whether the API said that there is no such parent (any more)."""
        return isinstance(self.error, ApiError) and is_gone(self.error)

    @property
    def said(self) -> str:
        """The API's own words; where there are none, what failed."""
        return self.error.said if isinstance(self.error, ApiError) else self.error.message

    def told(self, stream: str, parent: object) -> str:
        """Say that a parent is left out, and what becomes of it."""
        if self.is_gone:
            return f"{stream}: the API has nothing for {parent} (any more); it is skipped."
        return (
            f"{stream}: the API refuses {parent} ({self.said}), though not others; it is left out, and the "
            "next run asks for it again."
        )


class Failed(Refused):
    """What came instead of an answer that failed in each try, or cannot be used."""

    @override
    def told(self, stream: str, parent: object) -> str:
        return f"{self.said} Only {parent} is left out, and the next run asks for it again."


def is_gone(error: ApiError) -> bool:
    """Tell whether the API refused a call because what the path names does not exist (any more)."""
    return bool(_GONE.search(error.said.lower()))


class Parents(Generic[P, R]):
    """Asks for the parents of one stream in one run.

    Attributes:
        is_offered: whether a parent was answered. Then the account has the endpoint, and a refusal concerns
            one parent only.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that the verdict depends on
        self,
        stream: str,
        pool: Pool,
        ask: Callable[[P], R],
        *,
        one_more: Callable[[], P | None] = lambda: None,
        is_offered: bool = False,
        refusal_means_nothing: bool = False,
    ) -> None:
        """Ask on behalf of a stream.

        Args:
            stream: its name, for messages.
            pool: the threads that ask.
            ask: asks for what belongs to a parent; raises `ApiError` where it is refused.
            one_more: finds another parent that must exist, in case all are refused; None if there is none.
            is_offered: whether a parent was answered before, by an earlier run of the same pass.
            refusal_means_nothing: whether a refusal means that there is nothing below the parent. It does
                not if the API calls the method unknown for every parent.
        """
        self._stream = stream
        self._pool = pool
        self._ask = ask
        self._one_more = one_more
        self.is_offered = is_offered
        self._refusal_means_nothing = refusal_means_nothing
        self._failed = 0  # parents in a row without an answer between them

    def answers(
        self, parents: Sequence[P], again: Sequence[P] = ()
    ) -> Iterator[tuple[P, R | Refused]]:
        """Give each parent with its answer or refusal, in the order of the parents.

        Args:
            parents: whom to ask for.
            again: whom to ask for before, since they were left out by an earlier run. They never end the
                stream: after two that fail, the others of them wait for the next run.

        Raises:
            NotOfferedError: if every parent was refused as an unknown method.
            StreamError: if every parent was refused in other words, or a third one in a row failed.
        """
        held: list[tuple[P, R | Refused]] = []
        tasks = [*((one, True) for one in again), *((one, False) for one in parents)]
        self._failed = 0
        for number, ((parent, _), answer) in enumerate(
            in_order(self._pool, tasks, self._asked_unless_failing, ahead=1)
        ):
            self._count_failures(answer, is_first=number == len(again))
            if isinstance(answer, Failed) and self._failed > _MOST_FAILED and number >= len(again):
                raise answer.error
            held.append((parent, answer))
            self.is_offered = self.is_offered or not isinstance(answer, Refused)
            if not self.is_offered and len(held) >= _MOST_HELD:
                self._look_for_an_answer(held, [tasks[-1][0], tasks[len(tasks) // 2][0]])
            if self.is_offered:
                yield from held
                held = []
        if held:
            self._look_for_an_answer(held, [])
            yield from held

    def _count_failures(self, answer: R | Refused, *, is_first: bool) -> None:
        if is_first or not isinstance(answer, Refused):
            self._failed = 0
        self._failed += isinstance(answer, Failed)

    def _asked_unless_failing(self, task: tuple[P, bool]) -> R | Refused:
        """Ask for a parent, or pass over one that was left out before, while such parents fail."""
        parent, is_again = task
        if is_again and self._failed >= _MOST_FAILED:
            msg = f"{self._stream}: others that were left out before fail again, so it was not asked for."
            return Failed(StreamError(msg))
        return self._asked(parent)

    def _asked(self, parent: P) -> R | Refused:
        try:
            return self._ask(parent)
        except ApiError as error:
            return Refused(error)
        except StreamError as error:
            return Failed(error)

    def _look_for_an_answer(self, held: list[tuple[P, R | Refused]], others: list[P]) -> None:
        """Try other parents, since those so far were refused; raise an error if none is answered."""
        refusals = [one for _, one in held if isinstance(one, Refused)]
        asked = [parent for parent, _ in held]
        candidates = [parent for parent in others if parent not in asked]
        known = result_of(self._pool, self._one_more)
        for parent in candidates if known is None else [*candidates, known]:
            answer = result_of(self._pool, partial(self._asked, parent))
            if not isinstance(answer, Refused):
                self.is_offered = True
                return
            refusals.append(answer)
        if self._refusal_means_nothing and any(
            not isinstance(one, Failed) and not isinstance(one.error, NotOfferedError)
            for one in refusals
        ):
            self.is_offered = True
            return
        errors = [one.error for one in refusals if not one.is_gone]
        if len(refusals) == 1 and not errors:  # removed since it was listed
            return
        if not errors:
            msg = (
                f"{self._stream}: the API has none of what it listed, {len(refusals)} in all "
                f"({refusals[0].said}). Nothing was written; run again later."
            )
            raise UnreadableError(msg)
        in_other_words = [one for one in errors if not isinstance(one, NotOfferedError)]
        raise (in_other_words or errors)[0]


def _plain(parent: object) -> object:
    return list(parent) if isinstance(parent, tuple) else parent


class Waiting(Generic[P]):
    """Refused parents that the next run asks for again; the state keeps them under `refused`.

    Attributes:
        since: the parents, and the day since which each is refused.
    """

    def __init__(
        self,
        stream: str,
        state: object,
        read: Callable[[Any], P],
        written: Callable[[P], object] | None = None,
    ) -> None:
        """Take what the state holds.

        Args:
            stream: the stream's name, for messages.
            state: a list of objects: the `parent`, and `since` which day it is refused.
            read: reads a parent from the state; raises `TypeError` or `ValueError`.
            written: writes a parent for the state; without it a parent is written as it is.
        """
        self._stream = stream
        self._written = written or _plain
        self.since: dict[P, str] = {}
        for entry in state if isinstance(state, list) else []:
            with contextlib.suppress(TypeError, ValueError, KeyError):
                self.since[read(entry["parent"])] = date.fromisoformat(entry["since"]).isoformat()

    @property
    def state(self) -> list[dict[str, Any]] | None:
        """What the state keeps; None where nothing waits."""
        return [
            {"parent": self._written(one), "since": day} for one, day in self.since.items()
        ] or None

    def done(self, parent: P) -> None:
        """Take out a parent that was answered, or is gone."""
        self.since.pop(parent, None)

    def add(self, parent: P, today: date) -> bool:
        """Let a parent wait; False if it was refused for too long, so that it is not asked for any more.

        Raises:
            UnreadableError: if too many wait.
        """
        if date.fromisoformat(self.since.get(parent, today.isoformat())) < today - _LONGEST_WAIT:
            self.done(parent)
            return False
        if parent not in self.since and len(self.since) >= MOST_WAITING:
            msg = (
                f"{self._stream}: the API refuses more than {MOST_WAITING} of what it listed, so that they "
                "cannot all be remembered. What was written before is in the state; run again later, and "
                "please report it if it stays so."
            )
            raise UnreadableError(msg)
        # Behind the others, so that it is asked for after them.
        self.since[parent] = self.since.pop(parent, today.isoformat())
        return True
