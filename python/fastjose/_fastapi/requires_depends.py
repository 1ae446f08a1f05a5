"""Dependencies that are an error where `Depends` is missing: FastAPI would let every request pass."""

# FastAPI reads the annotations of the decorated functions: so no `annotations` import.

from collections.abc import Callable, Coroutine
from functools import WRAPPER_ASSIGNMENTS, update_wrapper
from types import MethodType
from typing import Any, Concatenate, Generic, NoReturn, ParamSpec, TypeVar, overload

from fastapi import params

from fastjose._tracebacks import clear_frames

_Parameters = ParamSpec("_Parameters")
_InstanceT = TypeVar("_InstanceT")
_ResultT = TypeVar("_ResultT")
_ERROR = 'a dependency must be within Depends: write Depends(require_role("admin")) or Depends(get_current_user)'


class MissingDependsError(TypeError, AttributeError):
    """A dependency is used without `Depends`. Also an AttributeError, so that `hasattr` is False."""


class RequiresDepends(params.Depends):
    """A dependency that is a TypeError, when the route is built, where `Depends` is missing.

    FastAPI passes `user=require_role("admin")` to the route as it is, and ignores it in `Annotated[str, …]`: no request
    would be verified. It looks for a `Depends` there, so this is one, and raises the error when FastAPI reads what it
    depends on. An entry of `dependencies=[…]` is read, too.
    """

    __eq__, __hash__, __repr__ = object.__eq__, object.__hash__, object.__repr__  # those of `Depends` read `dependency`

    def __init__(self) -> None:
        """Replace that of `Depends`, which stores a dependency."""

    def __copy__(self) -> Any:
        """Return this object, as the copy of a function does: it is a key of `app.dependency_overrides`."""
        return self

    def __deepcopy__(self, _memo: object, /) -> Any:
        """Return this object."""
        return self

    @property
    def dependency(self) -> NoReturn:
        """Raise the error."""
        raise MissingDependsError(_ERROR)


class FunctionDependency(RequiresDepends, Generic[_Parameters, _ResultT]):
    """A plain function that is a dependency."""

    def __init__(self, function: Callable[_Parameters, _ResultT]) -> None:
        """Create the dependency, with the name, documentation and signature of the function."""
        self._function = function
        update_wrapper(self, function)

    def __call__(self, *args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _ResultT:
        """Call the function."""
        return self._function(*args, **kwargs)


class CoroutineDependency(RequiresDepends, Generic[_Parameters, _ResultT]):
    """A coroutine function that is a dependency."""

    def __init__(self, function: Callable[_Parameters, Coroutine[Any, Any, _ResultT]]) -> None:
        """Create the dependency, with the name, documentation, signature and flags of the function."""
        self._function = function
        update_wrapper(self, function, (*WRAPPER_ASSIGNMENTS, "__code__", "__defaults__", "__kwdefaults__"))

    async def __call__(self, *args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _ResultT:
        """Call the function. Its arguments, such as a token, are not in the traceback of an error."""
        try:
            return await self._function(*args, **kwargs)
        except BaseException as error:
            del args, kwargs
            clear_frames(error)
            raise


class DependencyFactory(Generic[_InstanceT, _Parameters, _ResultT]):
    """A method that returns a dependency. Without a call and without `Depends`, it is the same error."""

    def __init__(self, method: Callable[Concatenate[_InstanceT, _Parameters], _ResultT]) -> None:
        """Decorate the method."""
        self._method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(
        self, instance: None, owner: type[_InstanceT]
    ) -> Callable[Concatenate[_InstanceT, _Parameters], _ResultT]: ...
    @overload
    def __get__(self, instance: _InstanceT, owner: type[_InstanceT]) -> FunctionDependency[_Parameters, _ResultT]: ...
    def __get__(self, instance: _InstanceT | None, owner: type[_InstanceT]) -> Any:
        """Return the bound method."""
        return self._method if instance is None else FunctionDependency(MethodType(self._method, instance))
