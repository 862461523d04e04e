"""Changes the code in small ways and counts which changes no test notices: `make mutants`.

The tool is mutmut. It works on a copy of the repository, in `.mutants/`, in which five things differ,
since mutmut leaves decorated functions alone, counts texts like code, and makes its change after imports:

- `@override`, which does nothing at run time, is taken out;
- `@property` becomes an assignment after the function;
- texts of messages are marked as not to be changed: what is logged, and what an error says;
- what makes a schema is not changed: it has done so when a module was imported;
- `strict=True` of `zip`, a guard that never acts in code that is right, is left out.

Arguments are names of modules: `python -m tools.mutants clock reading.windows`; none means all of them.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
COPY = ROOT / ".mutants"
_IGNORED = "  # pragma: no mutate"
_REMOVED = {"override"}
_LOGGING = {"debug", "error", "exception", "info", "warning"}
# mutmut's exit codes of pytest: a failed test, one that crashed, one that ran for too long.
_KILLED = {1, 3}
_TIMED_OUT = {-24, 24, 36, 152, 255, -9}


def prepared(source: str) -> str:
    """Give a module's source as mutmut can change all of it, and nothing but code."""
    source = source.replace(", strict=True)", ")")
    lines = source.splitlines()
    tree = ast.parse(source)
    for first, last in _texts(tree):
        for number in range(first - 1, last):
            if _IGNORED not in lines[number]:
                lines[number] += _IGNORED
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    for function in sorted(functions, key=lambda one: -one.lineno):
        names = [ast.unparse(one) for one in function.decorator_list]
        if not names or not {"property", *_REMOVED}.issuperset(names):
            continue
        if "property" in names:
            indent = " " * function.col_offset
            name = function.name
            lines.insert(function.end_lineno or 0, f"{indent}{name} = property({name})")
        del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "\n".join(lines) + "\n"


def _texts(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Give the first and last lines of what is said to people, and of what describes data."""
    for node in ast.walk(tree):
        said: Sequence[ast.stmt | ast.expr] = ()
        match node:
            case ast.FunctionDef(returns=ast.Name(id="Schema"), body=body):
                said = body
            case ast.Assign(targets=[ast.Name(id="msg")]):
                said = [node]
            case ast.Raise(exc=ast.Call(args=[ast.Name(id="msg")], keywords=[])):
                said = [node]
            case ast.Call(func=ast.Attribute(attr=level), args=args) if level in _LOGGING:
                said = args
            case ast.Call(func=ast.Name(id=name), args=args) if name.endswith("Error"):
                parts = (part for one in args for part in ast.walk(one))
                said = [one for one in parts if isinstance(one, (ast.Constant, ast.JoinedStr))]
        for one in said:
            yield one.lineno, one.end_lineno or one.lineno


def copy(changed: Collection[str]) -> None:
    """Bring `.mutants/` up to date; verdicts on what has not changed are kept.

    Args:
        changed: the files that mutmut changes.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        source, target = ROOT / name, COPY / name
        if not source.is_file():
            continue
        content = source.read_bytes()
        if name in changed:
            content = prepared(content.decode()).encode()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            shutil.copymode(source, target)


def verdicts(module: str) -> dict[str, Any]:
    """Give the verdict on each mutant of a module, as mutmut wrote it down: an exit code."""
    found: dict[str, Any] = json.loads(_path(module).read_text())["exit_code_by_key"]
    return found


def forget_survivors(module: str) -> None:
    """Let the mutants that are alive be tried again: there may be tests for them now."""
    if _path(module).exists():
        written = json.loads(_path(module).read_text())
        written["exit_code_by_key"] = {
            name: None if _verdict(code) == "alive" else code
            for name, code in written["exit_code_by_key"].items()
        }
        _path(module).write_text(json.dumps(written))


def _path(module: str) -> Path:
    return COPY / "mutants" / "tap_copernica" / f"{module.replace('.', '/')}.py.meta"


def _module(file: str) -> str:
    """Give a module's dotted name below the package: `http.auth`."""
    return ".".join(Path(file).with_suffix("").parts[1:])


def report(modules: Iterable[str]) -> str:
    """Write one line for each module, and the names of the mutants that are alive."""
    lines = [f"{'module':20}{'mutants':>8}{'killed':>8}{'timed out':>11}{'alive':>7}{'':>8}"]
    alive, total = [], Counter[str]()
    for module in modules:
        of_module = verdicts(module)
        found = Counter(_verdict(code) for code in of_module.values())
        total += found
        lines.append(_line(module, found))
        alive += [name for name, code in of_module.items() if _verdict(code) == "alive"]
    return "\n".join([*lines, _line("all", total), *alive])


def _verdict(code: int | None) -> str:
    return "killed" if code in _KILLED else "timed out" if code in _TIMED_OUT else "alive"


def _line(name: str, found: Counter[str]) -> str:
    count = found.total()
    share = (count - found["alive"]) / count if count else 1.0
    return f"{name:20}{count:8}{found['killed']:8}{found['timed out']:11}{found['alive']:7}{share:8.1%}"


def main() -> None:
    """Prepare the copy, run mutmut on some modules or all, and report.

    Of all modules, only what has changed or was alive is tried again; named ones are tried as a whole.
    """
    files = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]["only_mutate"]
    copy(files)
    for file in files:
        forget_survivors(_module(file))
    patterns = [f"tap_copernica.{name}.*" for name in sys.argv[1:]]
    mutmut = Path(sys.executable).parent / "mutmut"
    done = subprocess.run([mutmut, "run", *patterns], cwd=COPY, check=False)  # noqa: S603 - ours
    if done.returncode:
        sys.exit(done.returncode)
    sys.stdout.write(report(sys.argv[1:] or [_module(file) for file in files]) + "\n")


if __name__ == "__main__":
    main()
