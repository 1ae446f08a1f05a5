"""What a call leaves to the garbage collector: objects in a reference cycle, which live until the next collection."""

from __future__ import annotations

import gc
from types import FrameType
from typing import TYPE_CHECKING

from support.memory.package_frames import is_of_package

if TYPE_CHECKING:
    from collections.abc import Callable


def find_frames_left(call: Callable[[], object]) -> list[str]:
    """Call `call`, and return the frames of fastjose that no reference from outside keeps, with their functions."""
    gc.collect()
    gc.disable()
    try:
        call()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return [_describe(each) for each in gc.garbage if isinstance(each, FrameType) and is_of_package(each)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def _describe(frame: FrameType) -> str:
    return f"{frame.f_globals['__name__']}.{frame.f_code.co_name}:{frame.f_lineno}"
