"""What the class of a repository declares, and the FastAPI dependency that creates one."""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar, get_args, get_origin

from fastapi import Depends, HTTPException, status

from fastjose._fastapi.requires_depends import FunctionDependency
from fastjose._fastapi.responses import to_http_exception
from fastjose._ownership.declarations import declare_owned
from fastjose._ownership.errors import ForeignRowError, OwnerIdError
from fastjose._program_only import program_only
from fastjose._refusals.refusal import forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator


ModelT = TypeVar("ModelT")

_USE = "write Depends(TaskRepository.dependency(get_session, UserId))"
NOT_ITSELF_ERROR = f"a repository must be created by its method dependency: {_USE}"
"""Why the class itself must not be a dependency: the request would send the id of the user."""


class Repository(Generic[ModelT]):
    """What repositories with and without `async` have in common.

    Attributes:
        model: The model of the rows.
        owner_column: The attribute with the id of the owner.
        hide_existence: Whether a row of another owner is answered as a missing one.
        resource_name: The kind of row, as it appears in the detail of a response.
    """

    model: ClassVar[type[Any]]
    owner_column: ClassVar[str] = "user_id"
    hide_existence: ClassVar[bool] = True
    resource_name: ClassVar[str]

    def __init_subclass__(
        cls,
        *,
        owner_column: str | None = None,
        parent: str | type[Any] | None = None,
        hide_existence: bool | None = None,
        resource_name: str | None = None,
        **further: Any,
    ) -> None:
        """Declare the owner of the model that the class names: `class TaskRepository(OwnedRepository[Task])`.

        Raises:
            TypeError: The model was declared otherwise, or the class has a parent and no model.
        """
        super().__init_subclass__(**further)
        inherited: type[Any] | None = getattr(cls, "model", None)
        named = _find_model(cls)
        if owner_column is not None:
            cls.owner_column = owner_column
        if hide_existence is not None:
            cls.hide_existence = hide_existence
        if resource_name is not None:
            cls.resource_name = resource_name
        elif named is not None and (inherited is not None or not hasattr(cls, "resource_name")):
            cls.resource_name = named.__name__.lower()
        model = named or (inherited if owner_column is not None or parent is not None else None)
        if model is not None:
            cls.model = declare_owned(model, owner_column=cls.owner_column, parent=parent)
        elif parent is not None:
            raise TypeError(f"{cls.__name__} must name its model to have a parent: OwnedRepository[Comment], parent=…")

    @classmethod
    @program_only(f"dependency must be called: {_USE}")
    def dependency(cls, session: Any, user_id: Any) -> Any:
        """Return a dependency of FastAPI that creates the repository of a request.

        If the owner column cannot store the id of the user, the response is a 403.

        Example::

            Tasks = Annotated[TaskRepository, Depends(TaskRepository.dependency(get_session, UserId))]

        Args:
            session: The dependency that yields the session, or an `Annotated` type with it.
            user_id: `fastjose.auth.UserId`, or a dependency such as `BearerAuth(…).user_id`.
        """

        def create_repository(session: Any, user_id: Any) -> Any:
            constructor: Any = cls  # whose parameters are those of the subclass
            try:
                return constructor(session, user_id)
            except OwnerIdError:
                raise to_http_exception(forbidden(cls.resource_name)) from None

        parameters = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=_annotate(dependency))
            for name, dependency in (("session", session), ("user_id", user_id))
        ]
        create_repository.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return FunctionDependency(create_repository)

    @classmethod
    def _require_model(cls) -> type[ModelT]:
        """Return the model.

        Raises:
            TypeError: The class does not name one.
        """
        if not hasattr(cls, "model"):
            raise TypeError(f"{cls.__name__} must name its model: class TaskRepository(OwnedRepository[Task])")
        return cls.model

    @classmethod
    def _reject(cls, *, is_foreign: bool) -> HTTPException:
        """Return the response to a request for a row that does not exist, or that has another owner."""
        return to_http_exception(forbidden(cls.resource_name)) if is_foreign else not_found_response(cls.resource_name)


def not_found_response(resource_name: str) -> HTTPException:
    """Return the 404."""
    return HTTPException(status.HTTP_404_NOT_FOUND, f"{resource_name[:1].upper()}{resource_name[1:]} not found")


@contextlib.contextmanager
def answer_foreign_rows() -> Iterator[None]:
    """Turn a foreign key to a row of another owner, or to none, into a 404."""
    try:
        yield
    except ForeignRowError as error:
        raise not_found_response(error.model_name.lower()) from None


def _find_model(repository: type) -> type[Any] | None:
    """Return the model in `OwnedRepository[Model]`, None for a class that is still generic or names none."""
    for base in repository.__dict__.get("__orig_bases__", ()):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, Repository):
            (model,) = get_args(base)
            return model if isinstance(model, type) else None
    return None


def _annotate(dependency: Any) -> Any:
    return dependency if get_origin(dependency) is Annotated else Annotated[Any, Depends(dependency)]
