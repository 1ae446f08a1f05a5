"""Aliases of annotations, such as `UserId`, that are an error wherever FastAPI would not see their dependency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NoReturn, get_args

from fastjose._fastapi.requires_depends import MissingDependsError, RequiresDepends

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_AnnotatedAlias: Any = type(Annotated[str, ""])


class _WholeAnnotation:
    """The mark of an alias that must be the whole annotation of a parameter.

    In `UserId | None`, in `list[UserId]` and in the field of a model, FastAPI and Pydantic see a `str`, and fill it
    from the request. They ask the mark for its schema there, and nowhere else.
    """

    def __init__(self, error: str) -> None:
        self._error = error

    def __get_pydantic_core_schema__(self, source: object, handler: object, /) -> NoReturn:
        raise TypeError(self._error)

    def __deepcopy__(self, _memo: object, /) -> NoReturn:
        """Raise the error: FastAPI copies a default value at each request."""
        raise self.create_error()

    def __repr__(self) -> str:
        return "not from a request"

    def create_error(self) -> MissingDependsError:
        """Return the error of an alias that is not an annotation."""
        return MissingDependsError(self._error)


class DependencyAlias(_AnnotatedAlias, RequiresDepends, _root=True):  # type: ignore[call-arg, misc]  # of `typing`
    """An `Annotated` that is an error, when the route is built, as a default value and within `Depends`.

    FastAPI passes `user=AuthenticatedUser` to the route as it is. It looks for a `Depends` there, so this is one.
    `typing` has no public class of such aliases: this one is `type(Annotated[str, ""])`.
    """

    @property
    def __signature__(self) -> NoReturn:
        """Raise the error: FastAPI reads the signature of what is within `Depends`."""
        raise TypeError(str(self._create_error()))

    def __getattr__(self, name: str) -> Any:
        """Raise the error for `dependency`, which FastAPI reads; `typing` would look for it in the type."""
        if name == "dependency":
            raise self._create_error()
        return super().__getattr__(name)

    def __deepcopy__(self, _memo: object, /) -> NoReturn:
        """Raise the error, as the mark does."""
        raise self._create_error()

    def _create_error(self) -> MissingDependsError:
        error: MissingDependsError = self.__metadata__[-1].create_error()
        return error


def guard_aliases(namespace: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the aliases `names` of a module: each is an error unless it is the whole annotation of a parameter."""
    return {name: _guard(namespace[name], name) for name in names}


def _guard(alias: Any, name: str) -> DependencyAlias:
    origin, *metadata = get_args(alias)
    error = (
        f"{name} must be the whole annotation of a parameter, not a part of one, a field, a return type or a default "
        f"value: write user: {name}, and user: OptionalUser where a user may be missing"
    )
    create: Any = DependencyAlias  # its constructor is that of `typing`, which has no types
    guarded: DependencyAlias = create(origin, (*metadata, _WholeAnnotation(error)))
    return guarded
