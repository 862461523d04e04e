"""What was found: an answer to each question, its evidence in numbers, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from tap_copernica.redaction import redact

FORMAT = 1
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question.

    Attributes:
        answer: one of the answers that `docs/doctor.md` names, or a number.
        evidence: numbers, times and the API's error messages; never a name, an address or an id.
        advice: what it means for the settings; empty where nothing is to be done.
        contradicts: whether it contradicts the settings.
    """

    answer: str | int | float
    evidence: dict[str, Any] = field(default_factory=dict)
    advice: str = ""
    contradicts: bool = False


class Findings:
    """All findings of one examination, in the order of the questions."""

    def __init__(self) -> None:
        """Begin with none."""
        self.by_key: dict[str, Finding] = {}
        self.open: list[str] = []

    def add(
        self,
        key: str,
        answer: str | float,
        *,
        advice: str = "",
        contradicts: bool = False,
        **evidence: Any,
    ) -> None:
        """Note an answer; a later one for the same key takes its place."""
        shown = {
            name: redact(value) if isinstance(value, str) else value
            for name, value in evidence.items()
            if value is not None
        }
        self.by_key[key] = Finding(answer, shown, advice, contradicts)

    def answer(self, key: str) -> str | float | None:
        """Give an answer, or None where the question was not reached."""
        found = self.by_key.get(key)
        return None if found is None else found.answer

    def under(self, prefix: str) -> dict[str, Finding]:
        """Give the findings whose key begins with a prefix, by the rest of the key."""
        return {
            key.removeprefix(prefix): one
            for key, one in self.by_key.items()
            if key.startswith(prefix)
        }

    @property
    def contradicted(self) -> dict[str, Finding]:
        """The findings that contradict the settings."""
        return {key: one for key, one in self.by_key.items() if one.contradicts}

    def as_json(self, calls: int) -> dict[str, Any]:
        """Give the findings for machines, as `schema.json` describes them."""
        return {
            "version": {"tap": metadata.version("tap-copernica"), "format": FORMAT},
            "calls": calls,
            "findings": {
                key: {"answer": one.answer, "evidence": one.evidence, "advice": one.advice}
                for key, one in self.by_key.items()
            },
            "open": self.open,
        }
