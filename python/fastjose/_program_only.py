"""Functions that a program must call itself: as a dependency, FastAPI would fill their parameters from the request."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_FunctionT = TypeVar("_FunctionT", bound="Callable[..., Any]")


class _FromProgram:
    """The mark of a parameter that no request may fill: Pydantic, and so FastAPI, cannot build a field with it."""

    def __init__(self, error: str) -> None:
        self._error = error

    def __get_pydantic_core_schema__(self, source: object, handler: object, /) -> NoReturn:
        raise TypeError(self._error)

    def __repr__(self) -> str:
        return "not from a request"


def program_only(error: str) -> Callable[[_FunctionT], _FunctionT]:
    """Return a decorator of a function or method that must not be a dependency itself.

    `Depends(require_role)` in place of `Depends(require_role("admin"))` would read `roles` from the query. With the
    decorator, it raises a TypeError with the text `error` when the route is built.
    """

    def mark(function: _FunctionT) -> _FunctionT:
        parameters = iter(inspect.signature(function).parameters)
        name = next(name for name in parameters if name not in {"self", "cls"})
        kind = function.__annotations__.get(name, Any)
        kind = Any if isinstance(kind, str) else kind  # a str within `Annotated` is not evaluated
        function.__annotations__ = {**function.__annotations__, name: Annotated[kind, _FromProgram(error)]}
        return function

    return mark
