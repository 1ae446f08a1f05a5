"""The local variables of the frames of fastjose in a traceback, which an error report has."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def variables_of_package(error: BaseException) -> dict[str, str]:
    """Return the local variables of the frames of fastjose, by function and name, of an error and its causes."""
    shown: dict[str, str] = {}
    pending: list[BaseException | None] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            pending += [each.__cause__, each.__context__]
            shown.update(_variables_of(each))
    return shown


def _variables_of(error: BaseException) -> dict[str, str]:
    shown = {}
    for frame, line in traceback.walk_tb(error.__traceback__):
        if is_of_package(frame):
            for name, value in frame.f_locals.items():
                shown[f"{frame.f_code.co_name}:{line}: {name}"] = repr(value)
    return shown


def is_of_package(frame: FrameType) -> bool:
    """Return whether a frame is of fastjose."""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "fastjose"
