"""Which versions and hosts answer, under which names, and what is on offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.doctor.findings import UNKNOWN
from tap_copernica.errors import (
    ApiError,
    CopernicaError,
    DoubtfulError,
    NotOfferedError,
    StreamError,
    TokenError,
)
from tap_copernica.http.auth import JwtBearer
from tap_copernica.http.bulk import BrokenOffError, NoBulkError
from tap_copernica.http.path_names import PathNames
from tap_copernica.http.question import Question

if TYPE_CHECKING:
    from tap_copernica.doctor.examination import Examination

_WORKS, _REFUSED, _UNREACHABLE = "works", "refused", "unreachable"
# More rows than the API's own host gives in one answer (D).
_MANY = 1001


def version_works(exam: Examination, version: str) -> None:
    """Ask for the account under one version: `access.<version>`, and of v4's JWT."""
    chosen = version == exam.settings.api_version
    asker, key = exam.asker_of(version), f"access.{version}"
    advice = ""
    try:
        asker.object("/identity")
    except ApiError as error:  # an answer of the API itself: it took the token
        answer, said = (_REFUSED, error.said) if isinstance(error, DoubtfulError) else (_WORKS, "")
    except TokenError as error:
        answer, said = _REFUSED, error.message
    except CopernicaError as error:
        answer, said = _UNREACHABLE, error.message
    else:
        answer, said = _WORKS, ""
    if chosen and answer == _REFUSED:
        advice = (
            "`access_token` or `api_version`: the token is refused under this version; give a version that "
            "works, or a token that was not revoked or limited."
        )
    exam.findings.add(
        key, answer, advice=advice, contradicts=chosen and answer == _REFUSED, error=said or None
    )
    if version == "v4":
        _jwt(exam)


def _jwt(exam: Examination) -> None:
    authenticator = exam.asker_of("v4").authenticator
    if not isinstance(authenticator, JwtBearer) or authenticator.answered_as is None:
        return
    kind, seconds = authenticator.answered_as, authenticator.seconds_of_life
    exam.findings.add("jwt.content_type", kind.partition(";")[0].strip() or "none")
    exam.findings.add(
        "jwt.lifetime_hours", UNKNOWN if seconds is None else round(seconds / 3600, 2)
    )


def names(exam: Examination) -> None:
    """Ask v4 for a list under both families of names: `names.v4`."""
    if exam.findings.answer("access.v4") != _WORKS:
        exam.findings.add("names.v4", UNKNOWN)
        return
    asker = exam.asker_of("v4")
    known, asker.run.names = asker.run.names, PathNames("v2")  # which writes paths as they are
    found: dict[str, bool] = {}
    try:
        for family, path in (("new", "/draganddrop/clicks"), ("old", "/ms/clicks")):
            try:
                asker.list(path, limit=1, total=False)
            except NotOfferedError:
                found[family] = False
            except ApiError:  # for another reason: the path is known
                found[family] = True
            else:
                found[family] = True
    except StreamError:
        found.clear()
    finally:
        asker.run.names = known
    answers = {(True, True): "both", (True, False): "new", (False, True): "old"}
    answer = answers.get((found.get("new", False), found.get("old", False)), UNKNOWN)
    exam.findings.add("names.v4", answer)


def bulk(exam: Examination, profiles: tuple[str, int | None] | None) -> None:
    """Ask the bulk host for a long list of profiles: `access.bulk`.

    Args:
        exam: the examination.
        profiles: the path of the longest list of profiles, and its total.
    """
    host = exam.asker.run.bulk
    if not exam.settings.bulk_url or exam.settings.bulk_url == exam.settings.api_url:
        exam.findings.add("access.bulk", "none", reason="`bulk_url` names no other host")
        return
    if profiles is None:
        exam.findings.add("access.bulk", UNKNOWN)
        return
    path, total = profiles
    question = Question(path=path, limit=max(_MANY, min(total or _MANY, 20_000)))
    request = host.moved(exam.asker.prepared(question, 0), exam.asker.url_base)
    count = 0
    try:
        for rows in host.rows(
            exam.asker.authenticator(request), "doctor", exam.asker.decoder.loads
        ):
            count += len(rows)
    except NoBulkError as error:
        advice = "`bulk_url`: an empty text spares the try."
        exam.findings.add("access.bulk", "none", advice=advice, error=str(error))
        return
    except BrokenOffError:
        exam.findings.add("access.bulk", "none", rows=count, error="its answer broke off")
        return
    if count >= _MANY:
        exam.findings.add("access.bulk", "streams", rows=count)
    elif total is not None and count < total:
        exam.findings.add("access.bulk", "capped", rows=count, total=total)
    else:
        exam.findings.add(
            "access.bulk", UNKNOWN, rows=count, reason="no list is long enough to tell"
        )
