"""The least that reading can cost: one page after the other, orjson in, orjson out.

No types, no state, no retries: nothing to run a pipeline with, but a mark to measure against.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import orjson
import requests


def main() -> None:
    """Read the clicks that the config file asks for and write them as Singer records."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    session = requests.Session()
    out = sys.stdout.buffer
    params = {**config["params"], "start": 0, "limit": 1000, "total": "false"}
    while True:
        reply = session.get(f"{config['url']}/v2/ms/clicks", params=params, timeout=180)
        rows = orjson.loads(reply.content)["data"]
        for row in rows:
            record = {"type": "RECORD", "stream": "clicks", "record": row}
            out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        if not rows:
            break
        params["start"] += len(rows)


if __name__ == "__main__":
    main()
