"""What there is below a mailing: groups of HTML mailings that tested two versions, snapshots, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from typing_extensions import override

from tap_copernica.http.question import Question
from tap_copernica.reading.list_reader import id_of
from tap_copernica.records import fields as f
from tap_copernica.streams.emailings import (
    FROM_ADDRESS,
    EmailingsStream,
    PublisherEmailingsStream,
)
from tap_copernica.streams.per_emailing import PerEmailing

if TYPE_CHECKING:
    from tap_copernica.reading.list_reader import Row
    from tap_copernica.reading.mailings import Emailing
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record
    from tap_copernica.streams.base import Stream


class Groups(NamedTuple):
    """The test groups of a mailing: their ids, and their rows where they were read just now."""

    ids: list[int]
    rows: list[Row]


def test_groups(stream: Stream, emailing: int) -> Groups:
    """Give the test groups of a mailing.

    The API is asked once per run and mailing. The stream of test groups asks again, since it needs the rows.
    """
    known = stream.run.shared("test groups", dict[int, list[int]])
    rows: list[Row] = []
    if emailing not in known or stream.name == PublisherTestGroupsStream.name:
        rows = stream.list_reader.rows(f"/publisher/emailing/{emailing}/testgroups")
        known[emailing] = [id_of(row, stream.name) for row in rows]
    return Groups(known[emailing], rows)


_EMAILING = f.integer("Id of the emailing (`publisher_emailings.id`).", f.NONE)


def _group(what: str, emailing: Schema) -> Schema:
    return f.record(
        ID=f.key(f.integer(f"Id of the {what}.", f.NONE)),
        emailing=emailing,
        emailing_timestamp=f.moment("When the emailing was sent, in UTC."),
        document=f.integer("Id of the document (`publisher_documents.id`).", f.NONE),
        template=f.integer("Id of the template (`publisher_templates.id`).", f.NONE),
        name=f.text("Name of what was sent to the group.", f.NONE),
        from_address=FROM_ADDRESS,
        subject=f.text("Subject line.", f.NONE),
        timestamp=f.moment("When it was sent to the group, in UTC."),
        destinations=f.integer("Number of recipients in the group.", f.NONE),
    )


class GroupStream(PerEmailing):
    """Groups of a mailing; their own `timestamp` may be later than the mailing's."""

    parent = PublisherEmailingsStream
    parent_field = "emailing"
    time_of_parent = "emailing_timestamp"
    primary_keys: tuple[str, ...] = ("ID",)
    replication_key = "emailing_timestamp"
    only_tested = True
    cost = "1 per mailing with test groups of the last days"


class PublisherTestGroupsStream(GroupStream):
    """Test groups of HTML mailings."""

    name = "publisher_test_groups"
    path = "/publisher/emailing/{id}/testgroups"
    schema = _group("test group", _EMAILING)

    @override
    def records_of(self, emailing: Emailing) -> list[Record]:
        return self.made(test_groups(self, emailing.id).rows, emailing)


class PublisherFinalGroupsStream(GroupStream):
    """Those who got the better version; a mailing may have none, or none yet."""

    refusal_means_nothing = True

    name = "publisher_final_groups"
    path = "/publisher/emailing/{id}/finalgroup"
    primary_keys = ("emailing", "ID")  # the API addresses it below its mailing only
    schema = _group("final group", f.key(_EMAILING))

    @override
    def records_of(self, emailing: Emailing) -> list[Record]:
        group = self.object_at(self.path.format(id=emailing.id), may_be_null=True)
        return self.made([group] if group else [], emailing)


class UnchangingStream(PerEmailing):
    """What does not change once a drag-and-drop mailing was sent, so that it is asked for once."""

    parent = EmailingsStream
    parent_field = "mailing"
    api_versions = ("v3", "v4")
    follows_counters = False
    cost = "1 per new mailing"


class EmailingSnapshotsStream(UnchangingStream):
    """What a mailing was made of when it was sent."""

    name = "emailing_snapshots"
    path = "/ms/emailing/{id}/snapshot"
    primary_keys = ("mailing",)
    schema = f.record(
        mailing=f.key(f.integer("Id of the emailing (`emailings.id`).", f.NONE)),
        timestamp=f.moment("When the mailing was sent, in UTC."),
        template=f.integer("Id of the template (`templates.id`).", f.NONE),
        name=f.text("Name of the snapshot.", f.NONE),
        from_address=FROM_ADDRESS,
        subject=f.text("Subject line.", f.NONE),
    )


class EmailingHyperlinksStream(UnchangingStream):
    """What was added to the links of a mailing; the rows have no id, so their place is the key."""

    name = "emailing_hyperlinks"
    path = "/ms/emailing/{id}/hyperlinkextensions"
    primary_keys = ("mailing", "position")
    schema = f.record(
        mailing=f.key(f.integer("Id of the emailing (`emailings.id`).", f.NONE)),
        position=f.key(f.integer("Place in the API's list, from 0.", f.NONE)),
        timestamp=f.moment("When the mailing was sent, in UTC."),
        parameter=f.text("Name of the parameter that is added.", f.NONE),
        value=f.text("Its value.", f.NONE),
        type=f.text("Kind of the extension.", f.NONE),
        last=f.flag("A flag that is not explained."),
        unique=f.flag("A flag that is not explained."),
        checks=f.listing(
            "What a link must meet.",
            f.mapping(
                "A condition.",
                type=f.text("What is compared.", f.NONE),
                value=f.text("With what.", f.NONE),
                comparison=f.text("How.", f.NONE),
            ),
        ),
    )

    @override
    def records_of(self, emailing: Emailing) -> list[Record]:
        question = Question(path=self.path.format(id=emailing.id), limit=1000, is_bare=True)
        rows = self.bare_list(question)
        records: list[Record] = []
        for position, row in enumerate(rows):
            records += self.made([row], emailing, position=position)
        return records
