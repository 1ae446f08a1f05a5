"""Files that are changed only together: an exception that one raises is caught in another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fastjose._migrate.pyjwt import Changes


def hold_files(changes: Mapping[Path, Changes], unreadable: Iterable[Path] = ()) -> dict[Path, Changes]:
    """Return the changes without those that must wait for another file.

    While one file keeps PyJWT, its errors are PyJWT's, and those of changed files are fastjose's. So every file keeps
    PyJWT while a handler of any file catches only one of them. A file whose handlers catch both is kept as it is.

    Args:
        changes: The changes of each file.
        unreadable: Files that may use PyJWT, and cannot be changed.
    """
    kept = [*unreadable, *(path for path, each in changes.items() if each.uses_pyjwt and each.by_hand)]
    if not kept:
        return dict(changes)
    catching = [path for path, each in changes.items() if any(not catch[3] for catch in each.catches)]
    held = dict(changes)
    for path, each in changes.items():
        if path not in kept and each.uses_pyjwt and (catching or each.catches):
            held[path] = _hold(each, kept[0], catching)
    return held


def _hold(changes: Changes, kept: Path, catching: list[Path]) -> Changes:
    """Return the changes of a file that keeps PyJWT for now, with the reason."""
    reports = [
        (line, f"by hand: {text}: {kept} keeps PyJWT: change that file first, or catch {new} here too")
        for line, text, new, is_covered in changes.catches
        if not is_covered
    ]
    if not reports and catching:
        reports = [
            (changes.first_line, f"by hand: PyJWT: {kept} keeps it, and {catching[0]} may catch its errors alone")
        ]
    return replace(changes, edits=(), notes=(), by_hand=tuple(reports))


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
