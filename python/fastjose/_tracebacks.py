"""Tracebacks without keys and tokens.

Error reports often have the local variables of each frame. So a public function that takes a key or a token deletes
these arguments before it raises, and clears the frames below.
"""

from __future__ import annotations

from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from typing_extensions import ParamSpec

    _Arguments = ParamSpec("_Arguments")
    _Result = TypeVar("_Result")


def clear_frames(error: BaseException) -> None:
    """Clear the local variables of this package's finished frames, in the traceback of an error and of its causes.

    The first frame is that of the caller, which handles the error: it deletes its own variables.
    """
    first = error.__traceback__
    if first is not None:
        _clear(first.tb_next)
    if error.__cause__ is not None or error.__context__ is not None:
        for cause in _find_causes(error):
            _clear(cause.__traceback__)


def _find_causes(error: BaseException) -> Iterator[BaseException]:
    seen, pending = {id(error)}, [error.__cause__, error.__context__]
    while pending:
        each = pending.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            pending += [each.__cause__, each.__context__]


def _clear(entry: TracebackType | None) -> None:
    while entry is not None:
        frame = entry.tb_frame
        if frame.f_globals.get("__name__", "").partition(".")[0] == __package__:
            with suppress(RuntimeError):  # of a frame that is running: its function deletes its own variables
                frame.clear()
        entry = entry.tb_next


def drop_tracebacks(error: BaseException) -> None:
    """Remove the tracebacks of an error that is not raised again, and of its causes.

    asyncio and drivers leave some errors in a reference cycle with their frames. Until the next garbage collection, it
    would keep the variables of a request, and the parameters of a query. Frames are not cleared: one can be of a task
    that continues.
    """
    for each in (error, *_find_causes(error)):
        each.__traceback__ = None


def hide_arguments(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Return `function`, whose arguments and variables are in no traceback."""

    @wraps(function)
    def call(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error)
            raise

    return call
