"""The base of the models of what fastjose has verified, which FastAPI must not fill from a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel
from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


class _NoSignature:
    """The signature of a class that FastAPI must not call as a dependency."""

    def __get__(self, instance: object, owner: type[VerifiedModel]) -> None:
        raise TypeError(_describe(owner))


class VerifiedModel(BaseModel):
    """A model that a dependency of fastjose provides.

    FastAPI takes a parameter `user: CurrentUser` for the request's body, and `Annotated[CurrentUser, Depends()]` for
    parameters of the query: anyone could send the id of another user. So a field of this type accepts an instance
    alone, and FastAPI rejects the class as a dependency when the route is built. The program itself may create
    instances, as of every model.
    """

    _dependency: ClassVar[str] = "Depends(...)"
    """What a parameter of a route must be annotated with."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler, /) -> core_schema.CoreSchema:
        """Return the schema of the class, or, in another model or a parameter, one that accepts an instance alone."""
        schema = handler(source)
        if not cls.__pydantic_complete__:
            return schema

        def check_instance(value: object) -> object:
            if isinstance(value, cls):
                return value
            raise ValueError(_describe(cls))

        # The reference becomes that of the whole: OpenAPI names the component by it.
        model = {**schema}
        ref = model.pop("ref", None)
        return core_schema.no_info_before_validator_function(check_instance, model, ref=ref)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Replace the signature, from which FastAPI would read parameters of the query."""
        super().__pydantic_init_subclass__(**kwargs)
        cls.__signature__ = _NoSignature()  # type: ignore[assignment] # raises where a signature is read


def _describe(model: type[VerifiedModel]) -> str:
    dependency = model._dependency  # noqa: SLF001 - of this module
    source = f"{model.__name__} must come from a dependency that verifies the request"
    return f"{source}: annotate the parameter with {dependency}"
