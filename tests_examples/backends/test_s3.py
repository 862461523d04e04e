"""Meltano's state in S3, as docs/state-backends.md shows it: the server is one on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.machines import STATE_ID, check_two_machines

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".examples" / "backends" / "bin"
SERVER = Path(__file__).with_name("server.py")


def variables() -> Iterator[tuple[str, str]]:
    """Give the variables of the page's block, names and values."""
    page = (ROOT / "docs" / "state-backends.md").read_text("utf-8")
    block = page.partition("## In S3\n")[2].partition("```sh\n")[2].partition("```")[0]
    for line in block.splitlines():
        if line.startswith("export "):
            name, _, value = line.removeprefix("export ").partition("=")
            yield name, value.split(" #")[0].strip().strip('"')


def test_a_second_machine_with_the_same_bucket_reads_only_what_is_new(tmp_path: Path) -> None:
    with subprocess.Popen(
        [BIN / "python", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            settings = dict(variables())
            address = server.stdout.readline().strip()
            assert settings.pop("MELTANO_STATE_BACKEND_S3_ENDPOINT_URL").startswith("https://")
            settings["MELTANO_STATE_BACKEND_S3_ENDPOINT_URL"] = address
            assert len(settings) == 4
            check_two_machines(tmp_path, settings, BIN)
        finally:
            server.stdin.close()
        kept = server.stdout.read().split()
    # One object a pipeline, and no lock is left behind.
    assert kept == [f"meltano-state/{STATE_ID}/state.json"]


def test_without_meltano_s_own_keys_the_address_is_not_used() -> None:
    found = []
    for keys in ({}, {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}):
        script = f"""
from meltano.core.state_store.s3.backend import S3StateStoreManager
settings = {{"endpoint_url": "http://127.0.0.1:1", **{keys!r}}}
store = S3StateStoreManager(uri="s3://bucket/state", lock_timeout_seconds=1, **settings)
print(store.client.meta.endpoint_url)
"""
        run = subprocess.run(
            [BIN / "python", "-c", script], capture_output=True, text=True, check=True, timeout=300
        )
        found.append(run.stdout.strip())
    assert found == ["https://s3.amazonaws.com", "http://127.0.0.1:1"]
