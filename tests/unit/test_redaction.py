from __future__ import annotations

import io
import logging
from urllib.parse import quote, quote_plus

import pytest

from tap_copernica.redaction import MASK, add_secret, install, redact, redact_exception

TOKEN = "m4rk/er+tok&e n'"


@pytest.fixture(autouse=True)
def known() -> None:
    install()
    add_secret(TOKEN)


def test_every_spelling_is_masked() -> None:
    for text in (
        TOKEN,
        quote(TOKEN, safe=""),
        quote_plus(TOKEN),
        f"{[TOKEN]}"[2:-2],
        f"/v2?access_token={quote(TOKEN)}&x=1",
        "access_token=other",
    ):
        assert redact(text).count(MASK) == 1
    assert redact("eyJhbGciOi.eyJleHAi.c2ln") == MASK
    assert redact("nothing here") == "nothing here"


def test_a_child_logger_with_a_handler_of_its_own_is_covered() -> None:
    out = io.StringIO()
    logger = logging.getLogger("urllib3.connectionpool.test")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    logger.addHandler(logging.StreamHandler(out))
    logger.debug('"GET %s HTTP/1.1" %s', f"/v2/ms/clicks?access_token={TOKEN}", 200)
    try:
        try:
            int(TOKEN)
        except ValueError as inner:
            msg = f"with {TOKEN}"
            raise RuntimeError(msg) from inner
    except RuntimeError:
        logger.exception("failed")
    assert out.getvalue().count(MASK) >= 3
    assert TOKEN not in out.getvalue()


def test_a_chain_of_exceptions_is_masked_in_place() -> None:
    error = ValueError(TOKEN)
    error.__cause__ = KeyError(TOKEN)
    redact_exception(error)
    assert TOKEN not in f"{error} {error.__cause__}"
