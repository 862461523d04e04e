"""The setting `batch_config`: its schema, and the check when the tap starts."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import url2pathname

from singer_sdk import typing as th

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Problem = Callable[[str, str], None]
    """Takes the name of a setting and what is wrong with it."""

DEFAULT_ROWS = 100_000
_NO_COMPRESSION = "none"
COMPRESSIONS = {
    # The first one is the default.
    "jsonl": ("gzip", _NO_COMPRESSION),
    "parquet": ("zstd", "snappy", "gzip", _NO_COMPRESSION),
}

BATCH_CONFIG = th.Property(
    "batch_config",
    th.ObjectType(
        th.Property(
            "encoding",
            th.ObjectType(
                th.Property("format", th.StringType, allowed_values=list(COMPRESSIONS)),
                th.Property("compression", th.StringType),
            ),
        ),
        th.Property(
            "storage",
            th.ObjectType(th.Property("root", th.StringType), th.Property("prefix", th.StringType)),
        ),
        th.Property("batch_size", th.IntegerType),
    ),
    title="Bulk files",
    description=(
        "Write records to files, and BATCH messages that name them, instead of RECORD messages: "
        "JSON lines or Parquet, in a folder of this machine."
    ),
)


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How to write bulk files.

    Attributes:
        format: `jsonl` or `parquet`.
        compression: one of `COMPRESSIONS`.
        folder: where the files go; made when the first one is written.
        prefix: what their names begin with.
        rows: a file is finished after the window with which it has so many rows.
    """

    format: str
    compression: str
    folder: Path
    prefix: str
    rows: int

    @property
    def encoding(self) -> dict[str, str]:
        """What BATCH messages say of it, as the SDK's loaders read it."""
        return {"format": self.format, "compression": self.compression}

    @property
    def ending(self) -> str:
        """What the names of files end with."""
        is_packed = self.format == "jsonl" and self.compression == "gzip"
        return f".{self.format}.gz" if is_packed else f".{self.format}"


def read(config: Mapping[str, Any], problem: Problem) -> BatchSettings | None:
    """Read the setting; None if it is not given, or has mistakes, which are given to `problem`."""
    given = config.get("batch_config")
    if given is None:
        return None
    told: list[str] = []

    def tell(name: str, what: str) -> None:
        told.append(name)
        problem(f"batch_config.{name}" if name else "batch_config", what)

    batch = _object(given, "", ("encoding", "storage", "batch_size"), tell)
    if "" in told:
        return None
    encoding = _object(batch.get("encoding"), "encoding", ("format", "compression"), tell)
    storage = _object(batch.get("storage"), "storage", ("root", "prefix"), tell)
    kind = encoding.get("format")
    if kind not in COMPRESSIONS:
        tell("encoding.format", f"is {kind!r}; give one of {', '.join(COMPRESSIONS)}.")
        kind = "jsonl"
    elif kind == "parquet" and importlib.util.find_spec("pyarrow") is None:
        tell(
            "encoding.format",
            "is parquet, which needs pyarrow beside the tap: pip install pyarrow. With Meltano, "
            "put the extra into the tap's `pip_url`, as in `-e .[parquet]` or `tap-copernica[parquet] @ "
            "git+https://…`, then run `meltano install extractor tap-copernica`.",
        )
    compression = encoding.get("compression") or COMPRESSIONS[kind][0]
    if compression not in COMPRESSIONS[kind]:
        possible = ", ".join(COMPRESSIONS[kind])
        tell("encoding.compression", f"is {compression!r}; give one of {possible} for {kind}.")
    folder = _folder(storage.get("root"), tell)
    prefix = storage.get("prefix") or ""
    if not isinstance(prefix, str) or {"/", "\\"} & set(prefix):
        tell("storage.prefix", f"is {prefix!r}; give what names of files may begin with.")
    rows = batch.get("batch_size", DEFAULT_ROWS)
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
        tell("batch_size", f"is {rows!r}; give the rows of a file, at least 1.")
    return None if told else BatchSettings(kind, compression, folder, prefix, rows)


def _object(
    value: object, name: str, names: tuple[str, ...], tell: Callable[[str, str], None]
) -> dict[str, Any]:
    """Give an object that has these names only; tell the mistake if it is or has something else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        tell(name, f"is no object; give one with {', '.join(names)}.")
        return {}
    for one in sorted(set(value) - set(names)):
        path = f"{name}.{one}" if name else one
        tell(path, f"is not supported; there are {', '.join(names)}.")
    return value


def _folder(root: object, tell: Callable[[str, str], None]) -> Path:
    example = "a folder of this machine, like /data/copernica or file:///data/copernica"
    if not isinstance(root, str) or not root:
        tell("storage.root", f"is missing; give {example}.")
        return Path()
    scheme, separator, rest = root.partition("://")
    if not separator:
        return Path(root)
    host, _, path = rest.partition("/")
    if scheme.lower() == "file" and host in {"", "localhost"}:
        # Not by `urlsplit`: a file has no query, so that a question mark is a part of its name.
        return Path(url2pathname(f"/{path}"))
    tell("storage.root", f"is {root!r}; give {example}. Other storage must be mounted as one.")
    return Path()
