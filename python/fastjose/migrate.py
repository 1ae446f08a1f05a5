"""Change a code base from python-jose to fastjose: `python -m fastjose.migrate [--dry-run] PATH…`.

What names python-jose's modules in the Python files under each PATH is changed, and nothing else in them:

    from jose import jwt                 from fastjose import jwt
    import jose                          import fastjose as jose
    import jose.jwt                      import fastjose as jose, fastjose.jwt
    patch("jose.jwt.decode")             patch("fastjose.jwt.decode")

Each change is printed, `path:line: old → new`, and with `--dry-run` no more than printed. What cannot be changed so is
pointed out: requirements, settings of tools, notebooks and documents that name python-jose, and imports of what is not
in fastjose. To run it again changes nothing more.

Exit codes: 0, all is changed or nothing was to be; 1, with `--dry-run`, something is to be changed; 2, a file cannot be
read or written, or the arguments are wrong.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import io
import os
import re
import sys
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Edit", "edits", "main"]

_NOT_OURS = frozenset({".git", ".hg", ".nox", ".tox", ".venv", "__pycache__", "node_modules", "site-packages", "venv"})
_PYTHON = frozenset({".py", ".pyi"})
_OTHER_NAMES = frozenset({"Dockerfile", "Makefile", "Pipfile"})
_OTHER_KINDS = frozenset({".cfg", ".in", ".ini", ".ipynb", ".md", ".rst", ".toml", ".txt", ".yaml", ".yml"})

_NEWLINE = re.compile(r"\r\n|\r|\n")
_FROM = re.compile(r"from(?:\s|\\[\r\n])*(?P<module>jose[\w.]*)")
_MODULE = re.compile(r"jose\.(?:backends|constants|exceptions|jwe|jwk|jws|jwt|utils)(?:\.[A-Za-z_]\w*)*")
_IMPORTERS = frozenset({"__import__", "find_spec", "import_module", "importorskip"})
_LITERAL = re.compile(r"""[rRuU]?(?P<quote>\"{3}|'{3}|["'])(?P<module>jose[\w.]*)(?P=quote)""")
_DISTRIBUTION = re.compile(r"(?<![\w-])(?:types-)?python[-_]jose\b(?:\[[^\]]*\])?", re.IGNORECASE)
_MENTION = re.compile(
    rf"{_DISTRIBUTION.pattern}|\[mypy-jose[^\]]*\]|[\"']jose(?:\.\*)?[\"']|\b(?:from|import) jose\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Edit:
    """A change: `old`, which begins at `start` in the text, in the line `line` counted from 1, becomes `new`."""

    start: int
    line: int
    old: str
    new: str


class _Source:
    """The text of a Python file, addressed as the syntax tree does it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_starts = [0, *(newline.end() for newline in _NEWLINE.finditer(text))]

    def index(self, line: int, column: int) -> int:
        """Return the index of a place; `column` counts bytes in UTF-8."""
        start = self._line_starts[line - 1]
        before = self.text[start : start + column].encode()[:column]
        return start + len(before.decode())

    def span(self, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
        start = self.index(node.lineno, node.col_offset)
        return start, self.index(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def line(self, index: int) -> int:
        return len(_NEWLINE.findall(self.text, 0, index)) + 1

    def edit(self, start: int, old: str, new: str) -> Edit:
        return Edit(start, self.line(start), old, new)


def edits(text: str) -> list[Edit]:
    """Return what is to be changed in the text of a Python file, in its order.

    Raises:
        SyntaxError: The text is no Python.
        ValueError: It holds a null character.
        RecursionError: It is nested too deeply.
    """
    source = _Source(text)
    return sorted(
        (edit for node in ast.walk(_parsed(text)) for edit in _edits(node, source)), key=lambda edit: edit.start
    )


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the escapes of other people's strings
        return ast.parse(text)


def _edits(node: ast.AST, source: _Source) -> Iterator[Edit]:
    if isinstance(node, ast.ImportFrom):
        yield from _from(node, source)
    elif isinstance(node, ast.Import):
        yield from (_alias(alias, source) for alias in node.names if _is_jose(alias.name))
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _MODULE.fullmatch(node.value):
            yield from _string(node, source)
    elif isinstance(node, ast.Call):
        yield from _imported_by_call(node, source)


def _is_jose(module: str) -> bool:
    return module == "jose" or module.startswith("jose.")


def _from(node: ast.ImportFrom, source: _Source) -> Iterator[Edit]:
    if node.level == 0 and _is_jose(node.module or ""):
        found = _FROM.match(source.text, source.span(node)[0])
        if found:
            yield source.edit(found.start("module"), found["module"], f"fast{found['module']}")


def _alias(alias: ast.alias, source: _Source) -> Edit:
    start, end = source.span(alias)
    old = source.text[start:end]
    new = f"fast{old}"
    if alias.asname is None:  # it binds `jose`, which the code goes on to use
        new = "fastjose as jose" if alias.name == "jose" else f"fastjose as jose, {new}"
    return source.edit(start, old, new)


def _imported_by_call(call: ast.Call, source: _Source) -> Iterator[Edit]:
    """Yield the change of `import_module("jose")`; elsewhere `"jose"` may be anybody."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    first = call.args[0] if call.args else None
    if name in _IMPORTERS and isinstance(first, ast.Constant) and first.value == "jose":
        yield from _string(first, source)


def _string(node: ast.Constant, source: _Source) -> Iterator[Edit]:
    start, end = source.span(node)
    found = _LITERAL.fullmatch(source.text, start, end)
    if found:  # else it is put together of several, or part of an f-string
        old, at = found[0], found.start("module") - start
        yield source.edit(start, old, f"{old[:at]}fast{old[at:]}")


def _applied(text: str, changes: list[Edit]) -> str:
    for edit in reversed(changes):
        text = text[: edit.start] + edit.new + text[edit.start + len(edit.old) :]
    return text


def _lacking(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is imported from python-jose and is not here, with its line."""
    for node in ast.walk(_parsed(text)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            imported = [(node.module or "", alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            imported = [(alias.name, "") for alias in node.names]
        else:
            continue
        names = [f"{module}.{name}" for module, name in imported if _is_jose(module) and not _exists(module, name)]
        yield from ((node.lineno, f"not in fastjose: {name.rstrip('.')}") for name in names)


def _exists(module: str, name: str) -> bool:
    """Tell whether a module of python-jose, and of what it holds `name`, if that is said, are here."""
    try:
        if not hasattr(importlib.import_module(f"fast{module}"), name) and name not in {"", "*"}:
            importlib.import_module(f"fast{module}.{name}")
    except ImportError:
        return False
    return True


def _mentions(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(_NEWLINE.split(text), start=1):
        yield from ((number, f"left as it is: {found[0]}") for found in pattern.finditer(line))


def _migrate(path: Path, *, dry_run: bool) -> int:
    """Change one file, and say what is changed and what is left; return how many changes there are.

    Raises:
        OSError: It cannot be read or written.
        SyntaxError: It is no Python, or in an unknown encoding.
        ValueError: It is not in its encoding, or holds a null character.
        RecursionError: It is nested too deeply.
    """
    octets = path.read_bytes()
    if _is_other(path):
        _say_notes(path, _mentions(octets.decode(errors="replace"), _MENTION))
        return 0
    encoding, _ = tokenize.detect_encoding(io.BytesIO(octets).readline)
    text = octets.decode(encoding)
    changes = edits(text)
    changed = _applied(text, changes)
    if changes and not dry_run:
        path.write_bytes(changed.encode(encoding))
    for edit in changes:
        _say(f"{path}:{edit.line}: {edit.old} → {edit.new}")
    _say_notes(path, [*_lacking(text), *_mentions(changed, _DISTRIBUTION)])
    return len(changes)


def _is_other(path: Path) -> bool:
    return path.name in _OTHER_NAMES or path.suffix in _OTHER_KINDS


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
    for folder, subfolders, names in os.walk(path):
        subfolders[:] = sorted(name for name in subfolders if not _is_not_ours(Path(folder, name)))
        files = (Path(folder, name) for name in sorted(names))
        yield from (file for file in files if file.suffix in _PYTHON or _is_other(file))


def _is_not_ours(folder: Path) -> bool:
    return folder.name in _NOT_OURS or (folder / "pyvenv.cfg").exists()


def _say(line: str) -> None:
    print(line)  # noqa: T201 - it is what the command is for


def _say_notes(path: Path, notes: Iterator[tuple[int, str]] | list[tuple[int, str]]) -> None:
    for line, note in notes:
        _say(f"{path}:{line}: {note}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the module's docstring says.

    Args:
        arguments: The arguments of the command; by default those of the process.

    Returns:
        The exit code.

    Raises:
        SystemExit: The arguments are wrong.
    """
    options = _options(arguments)
    counts = [_count(file, dry_run=options.dry_run) for path in options.paths for file in _files(path)]
    if None in counts:
        return 2
    return 1 if options.dry_run and any(counts) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m fastjose.migrate", description="Change imports of python-jose to fastjose."
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder to walk through")
    parser.add_argument("--dry-run", action="store_true", help="print the changes, and make none")
    return parser.parse_args(arguments)


def _count(file: Path, *, dry_run: bool) -> int | None:
    """Return how many changes there are in a file; None, once it is said, if that cannot be found out."""
    try:
        return _migrate(file, dry_run=dry_run)
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        _say(f"{file}: skipped: {type(error).__name__}: {error}")
        return None


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # paths and arrows on a terminal that lacks them
    sys.exit(main())
