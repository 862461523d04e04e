"""Profiles: read in passes, while they are changed, added and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tests.reliability.world import MARKER, World, is_number, undamaged
from tests.support.profiles import discovered, select

if TYPE_CHECKING:
    from datetime import datetime

    from copernica_sandbox import Sandbox
    from tests.reliability.consumer import Catalog, Key, Record
    from tests.reliability.world import Row

DATABASE = 11  # the sandbox's first
NOTE = "Note"
_LAYOUT = [
    {
        "name": "People",
        "profiles": 30,
        "fields": [("Email", "email"), (NOTE, "text"), ("Points", "integer")],
        "interests": [("news", "")],
    }
]


class ProfileWorld(World):
    """Profiles of one database.

    A change writes the next note into a profile, so that a record shows how new it is. A pass that is
    over vouches for every profile that existed when it began and still does, as new as it was then; one
    under way vouches for those up to the id it has reached.

    Attributes:
        notes: the notes of each profile so far, in their order, those still to come included.
        alive: profiles that are not removed, nor about to be.
        least: the note that a profile's record must have reached.
        begun: how new each profile was when the pass began that the state tells of.
    """

    family = "profiles"
    streams = ("profiles_people",)
    account = {"days": 1, "clicks_per_day": 0, "layout": _LAYOUT}  # noqa: RUF012 - as in its base
    # The notes hold the marker: that of the sandbox would be in the database's name too.
    switches = {}  # noqa: RUF012

    def __init__(self, box: Sandbox, start: datetime, zone: str, stream: str) -> None:
        super().__init__(box, start, zone, stream)
        self.notes: dict[int, list[str]] = {}
        self.least: dict[int, int] = {}
        self.begun: dict[int, int] = {}
        numbers = [row["ID"] for row in box.profiles(DATABASE)]
        box.change_profiles(DATABASE, numbers, fields={NOTE: f"note 0{MARKER}"}, at=start)
        self.learn()
        self.alive = set(self.known)
        self._catalog = select(discovered(box), stream)

    @override
    def catalog(self, version: str) -> Catalog:
        return self._catalog

    # What happens to profiles; `after` says how many calls later

    def change(self, picks: list[int], after: int) -> None:
        """Change some profiles, of those to which nothing else is about to happen."""
        shown = self.learn()
        settled = [one for one in sorted(self.alive & shown.keys()) if self._is_settled(one, shown)]
        for one in {settled[pick % len(settled)] for pick in picks if settled}:
            note = f"note {len(self.notes[one])}{MARKER}"
            self.notes[one].append(note)
            self.box.change_profiles(DATABASE, [one], fields={NOTE: note}, after_calls=after)

    def add(self, count: int, after: int) -> None:
        """Add profiles."""
        self.box.add_profiles(DATABASE, [{NOTE: f"note 0{MARKER}"}] * count, after_calls=after)

    def remove(self, picks: list[int], after: int) -> None:
        """Remove some profiles."""
        alive = sorted(self.alive)
        chosen = {alive[pick % len(alive)] for pick in picks if alive}
        self.alive -= chosen
        for one in chosen:
            self.box.remove_profiles(DATABASE, [one], after_calls=after)

    @override
    def retire(self, count: int) -> None:
        self.remove(list(range(min(count, 3))), after=0)

    # What must be true

    @override
    def learn(self) -> dict[Key, Row]:
        shown = {row["ID"]: row for row in self.box.profiles(DATABASE)}
        for number, row in shown.items():
            if number not in self.notes:
                self.notes[number] = [row["values"][NOTE]]
                if self.known:  # a newcomer
                    self.alive.add(number)
        self.known |= shown
        return shown

    @override
    def before_run(self, settings: dict[str, Any]) -> None:
        if self.consumer.progress.get("pass") is None:
            self.begun = {
                number: self._newness(number, row["values"][NOTE])
                for number, row in self.learn().items()
            }

    @override
    def after_run(self, noted: None, *, whole: bool) -> None:
        shown = self.learn()
        running = self.consumer.progress.get("pass")
        if whole:
            assert running is None, "a run came to its end and its pass did not"
        vouched = self.begun if whole else {}
        if running is not None:
            vouched = {one: new for one, new in self.begun.items() if one <= running["last"]}
        for number, newness in vouched.items():
            if number in shown:
                self.least[number] = max(newness, self.least.get(number, 0))
        self.required = set(self.least)

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        number, values = row["ID"], row["values"]
        seen, newest = undamaged(record["fields"][NOTE]), values[NOTE]
        is_current = seen == newest
        return (
            self._newness(number, seen) >= self.least.get(number, 0)
            and record["database"] == DATABASE
            and undamaged(record["fields"]["Email"] or "") == values["Email"]  # "" may come as null
            and is_number(record["fields"]["Points"], values["Points"])
            and (not is_current or record["modified"] == self.text_of(row["modified"]))
        )

    @override
    def settle(self, **settings: Any) -> None:
        # The first run may end a pass that was begun long ago; what changed since is for the next.
        super().settle(**settings)
        super().settle(**settings)

    @override
    def is_up_to_date(self) -> bool:
        # `required` and `least` say so of each row.
        return self.consumer.bookmark is not None

    def _newness(self, number: int, note: str) -> int:
        return self.notes[number].index(note)

    def _is_settled(self, number: int, shown: dict[Key, Row]) -> bool:
        return bool(self.notes[number][-1] == shown[number]["values"][NOTE])


class IdWorld(ProfileWorld):
    """Ids of the profiles that exist: a complete list each time."""

    family = "ids"
    streams = ("profile_ids",)

    @override
    def key_of(self, row: Row) -> Key:
        return row["ID"]

    @override
    def before_run(self, settings: dict[str, Any]) -> set[Key]:  # type: ignore[override]
        return set(self.learn())

    @override
    def after_run(self, noted: set[Key], *, whole: bool) -> None:  # type: ignore[override]
        if whole and self.consumer.progress.get("refused") is None:
            self.required |= noted & self.learn().keys()

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        return bool(record["database"] == DATABASE)

    @override
    def is_up_to_date(self) -> bool:
        return True  # `required` says so
