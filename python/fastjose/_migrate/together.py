"""Files that are changed only together: an exception that one raises is caught in another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from fastjose._migrate.pyjwt import Changes


@dataclass(frozen=True)
class HeldFiles:
    """The changes that can be made now.

    Attributes:
        changes: The changes of each file.
        kept: The files that keep PyJWT, each with the line that must be changed, or 0.
        waiting: The files that stay because of them.
    """

    changes: dict[Path, Changes]
    kept: dict[Path, int]
    waiting: tuple[Path, ...]

    def describe_causes(self) -> Iterator[str]:
        """Yield a line of the report for each file that others wait for."""
        count = "1 file waits" if len(self.waiting) == 1 else f"{len(self.waiting)} files wait"
        names = ", ".join(map(str, self.waiting))
        for path, line in self.kept.items() if self.waiting else ():
            place = f"{path}:{line}" if line else f"{path}"
            yield f"{place}: {count} until this is changed, or left out with --exclude {path}: {names}"


def hold_files(changes: Mapping[Path, Changes], unreadable: Iterable[Path] = ()) -> HeldFiles:
    """Return the changes without those that must wait for another file.

    While one file keeps PyJWT, its errors are PyJWT's, and those of changed files are fastjose's. So every file keeps
    PyJWT while a handler of any file catches only one of them. A handler that catches both stays as it is.

    Args:
        changes: The changes of each file.
        unreadable: Files that may use PyJWT, and cannot be changed.
    """
    open_lines = {path: each.by_hand[0][0] for path, each in changes.items() if each.uses_pyjwt and each.by_hand}
    kept = {**dict.fromkeys(unreadable, 0), **open_lines}
    held = dict(changes)
    if not kept:
        return HeldFiles(held, kept, ())
    is_caught_alone = any(not catch[3] for each in changes.values() for catch in each.catches)
    for path, each in changes.items():
        if path not in kept and each.uses_pyjwt and (is_caught_alone or each.catches):
            held[path] = _hold(each, next(iter(kept))) if is_caught_alone else _keep_handlers(each, next(iter(kept)))
    waiting = tuple(path for path, each in changes.items() if each.edits and not held[path].edits)
    return HeldFiles(held, kept, tuple(path for path in waiting if is_caught_alone or held[path].by_hand))


def _hold(changes: Changes, kept: Path) -> Changes:
    """Return the changes of a file that keeps PyJWT for now: a report of each handler that catches its errors alone."""
    remedy = f"or run with --exclude {kept} if its errors do not get here"
    reports = [
        (line, f"by hand: {text}: {kept} keeps PyJWT: change that file first, or catch {new} here too, {remedy}")
        for line, text, new, is_covered in changes.catches
        if not is_covered
    ]
    return replace(changes, edits=(), notes=(), by_hand=tuple(reports))


def _keep_handlers(changes: Changes, kept: Path) -> Changes:
    """Return the changes of a file whose handlers catch the errors of both, and must go on to do so."""
    if changes.beside_handlers is not None:
        edits, notes = changes.beside_handlers
        return replace(changes, edits=edits, notes=notes)
    report = f"by hand: PyJWT: {kept} keeps it: change all but the handlers here, which catch the errors of both"
    return replace(changes, edits=(), notes=(), by_hand=((changes.first_line, report),))


def drop_uncertain(changes: Mapping[Path, Changes], *, uses_jose: bool) -> dict[Path, Changes]:
    """Return the changes without reports of patches such as `patch("app.jwt.decode")`, if `jwt` is python-jose's there.

    Args:
        changes: The changes of each file.
        uses_jose: Whether a file imports `jwt` from python-jose or fastjose.
    """
    if uses_jose and not any(each.uses_pyjwt for each in changes.values()):
        return {path: replace(each, uncertain=()) for path, each in changes.items()}
    return {
        path: replace(each, by_hand=tuple(sorted({*each.by_hand, *each.uncertain}))) for path, each in changes.items()
    }
