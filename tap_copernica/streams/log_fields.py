"""The columns of log files: a name means the same in each type of file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.records import fields as f

if TYPE_CHECKING:
    from tap_copernica.records.fields import Schema

_COLUMNS: dict[str, Schema] = {
    "id": f.text("Id of the message; several rows can have the same.", f.LINK),
    "time": f.text("When it happened, as the API writes it: its zone is not documented.", f.NONE),
    "attempt": f.integer("Retries so far, from 0.", f.NONE),
    "attempts": f.integer("Attempts so far, from 0.", f.NONE),
    "city": f.text("City that the address belongs to.", f.PERSON),
    "code": f.text("Code of the error.", f.NONE),
    "collectionid": f.integer("Id of the collection; 0 for none.", f.NONE),
    "content": f.text("What the error message said.", f.FREE_TEXT),
    "countrycode": f.text("Code of the country that the address belongs to.", f.NONE),
    "countryname": f.text("Name of that country.", f.NONE),
    "databaseid": f.integer("Id of the database.", f.NONE),
    "description": f.text("Description of the error.", f.FREE_TEXT),
    "document": f.integer("Id of the document (`publisher_documents.id`).", f.NONE),
    "documentid": f.integer("Id of the document (`publisher_documents.id`).", f.NONE),
    "email": f.text("Address that the message was sent to.", f.PERSON),
    "groupid": f.integer("Id of the mailing group that the message belonged to.", f.NONE),
    "header": f.text(
        "Header of the request, or of the answer where a webhook failed.", f.FREE_TEXT
    ),
    "ip": f.text("IP address.", f.PERSON),
    "linkinfo": f.text("Id of the link.", f.NONE),
    "mail": f.text("The complaint itself.", f.FREE_TEXT),
    "mailingid": f.integer("Id of the mailing.", f.NONE),
    "profile": f.integer("Id of the profile.", f.LINK),
    "profileid": f.integer("Id of the profile.", f.LINK),
    "recipient": f.text("IP address where the error occurred.", f.PERSON),
    "regioncode": f.text("Code of the region that the address belongs to.", f.NONE),
    "response": f.text("HTTP status code.", f.NONE),
    "senderdomain": f.text("Domain of the sender.", f.NONE),
    "status": f.text("Status of the error.", f.NONE),
    "subprofile": f.integer("Id of the subprofile.", f.LINK),
    "subprofileid": f.integer("Id of the subprofile.", f.LINK),
    "tags": f.text("Tags, separated by semicolons.", f.NONE),
    "template": f.integer("Id of the template.", f.NONE),
    "templateid": f.integer("Id of the template.", f.NONE),
    "type": f.text("Type of the error.", f.NONE),
}


def log(columns: str) -> Schema:
    """Make the schema of a type of log file, from the names of its columns."""
    return f.record(
        file=f.key(f.text("Name of the log file.", f.NONE)),
        row=f.key(f.integer("Place of the row in the file, from 0.", f.NONE)),
        date=f.day("Day of the file, from its name."),
        **{name: _COLUMNS[name] for name in columns.split()},
    )
