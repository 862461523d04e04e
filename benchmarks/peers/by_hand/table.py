"""What one would write by hand to get clicks into a table: pages to a file, which DuckDB reads at once.

No state, no retries, no bookmark; the columns get the types that the tap gives them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb
import requests

_ROW = {
    **dict.fromkeys(("ID", "mailing", "destination", "profile", "subprofile"), "BIGINT"),
    **dict.fromkeys(("link", "ip", "useragent"), "VARCHAR"),
    "timestamp": "TIMESTAMP",
}
_TABLE = """
CREATE TABLE clicks AS
SELECT row.* EXCLUDE timestamp, timezone('Europe/Amsterdam', row.timestamp) AS timestamp
FROM (SELECT unnest(data) AS row FROM read_json(?, format='newline_delimited', columns={{'data': '{row}[]'}}))
"""


def main() -> None:
    """Read the clicks that the config file asks for."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    session, pages = requests.Session(), Path("pages.json")
    params = {**config["params"], "start": 0, "limit": 1000, "total": "false"}
    with pages.open("wb") as file:
        while True:
            reply = session.get(f"{config['url']}/v2/ms/clicks", params=params, timeout=180)
            if not (count := reply.json()["count"]):
                break
            file.write(reply.content + b"\n")
            params["start"] += count
    row = "STRUCT(" + ", ".join(f"{name} {kind}" for name, kind in _ROW.items()) + ")"
    with duckdb.connect(config["database"]) as connection:
        connection.execute(_TABLE.format(row=row), [str(pages)])


if __name__ == "__main__":
    main()
