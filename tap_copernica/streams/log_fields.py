"""The columns of log files: a name means the same in each type of file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.records import fields as f

if TYPE_CHECKING:
    from tap_copernica.records.fields import Schema

_COLUMNS: dict[str, Schema] = {
    "id": f.text("Id of the message; several rows can have the same."),
    "time": f.text("When it happened, as the API writes it: its zone is not documented."),
    "attempt": f.integer("Retries so far, from 0."),
    "attempts": f.integer("Attempts so far, from 0."),
    "city": f.text("City that the address belongs to."),
    "code": f.text("Code of the error."),
    "collectionid": f.integer("Id of the collection; 0 for none."),
    "content": f.text("What the error message said."),
    "countrycode": f.text("Code of the country that the address belongs to."),
    "countryname": f.text("Name of that country."),
    "databaseid": f.integer("Id of the database."),
    "description": f.text("Description of the error."),
    "document": f.integer("Id of the document (`publisher_documents.id`)."),
    "documentid": f.integer("Id of the document (`publisher_documents.id`)."),
    "email": f.text("Address that the message was sent to."),
    "groupid": f.integer("Id of the mailing group that the message belonged to."),
    "header": f.text("Header of the request, or of the answer where a webhook failed."),
    "ip": f.text("IP address."),
    "linkinfo": f.text("Id of the link."),
    "mail": f.text("The complaint itself."),
    "mailingid": f.integer("Id of the mailing."),
    "profile": f.integer("Id of the profile."),
    "profileid": f.integer("Id of the profile."),
    "recipient": f.text("IP address where the error occurred."),
    "regioncode": f.text("Code of the region that the address belongs to."),
    "response": f.text("HTTP status code."),
    "senderdomain": f.text("Domain of the sender."),
    "status": f.text("Status of the error."),
    "subprofile": f.integer("Id of the subprofile."),
    "subprofileid": f.integer("Id of the subprofile."),
    "tags": f.text("Tags, separated by semicolons."),
    "template": f.integer("Id of the template."),
    "templateid": f.integer("Id of the template."),
    "type": f.text("Type of the error."),
}


def log(columns: str) -> Schema:
    """Make the schema of a type of log file, from the names of its columns."""
    return f.record(
        file=f.key(f.text("Name of the log file.")),
        row=f.key(f.integer("Place of the row in the file, from 0.")),
        date=f.day("Day of the file, from its name."),
        **{name: _COLUMNS[name] for name in columns.split()},
    )
