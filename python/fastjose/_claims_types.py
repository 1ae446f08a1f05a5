"""Types of an application that claims are built as: Pydantic models and msgspec Structs. It imports neither library."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

from fastjose.exceptions import JWTClaimsError

if TYPE_CHECKING:
    from collections.abc import Iterator


class PydanticModel(Protocol):
    """A Pydantic model, for type checkers."""

    __pydantic_validator__: ClassVar[Any]


class MsgspecStruct(Protocol):
    """A msgspec Struct, for type checkers."""

    __struct_fields__: ClassVar[Any]


ClaimsModel: TypeAlias = PydanticModel | MsgspecStruct
"""The bound of the type variable for the types that claims are built as."""


def is_struct(into: Any) -> bool:
    """Return whether `into` is a msgspec Struct, or a generic one with arguments such as `Claims[int]`."""
    struct = getattr(into, "__origin__", into)
    return isinstance(struct, type) and hasattr(struct, "__struct_fields__")


def claims_error(into: Any, error: BaseException) -> JWTClaimsError | None:
    """Return the error for the claims that `into` rejected with `error`, or None if that is not a validation error.

    The message has nothing of the token: it names the claim only if the type declares the name.
    """
    if is_struct(into):
        return _msgspec_error(into, str(error)) if _is_instance(error, "msgspec", "ValidationError") else None
    return _pydantic_error(into, error) if _is_instance(error, "pydantic_core", "ValidationError") else None


def struct_claim_names(into: Any) -> dict[str, str]:
    """Return the claim from which each field of a Struct is filled."""
    struct = getattr(into, "__origin__", into)
    return dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))


def model_claim_names(name: str, field: Any) -> list[str]:
    """Return the claims from which the field `name` of a Pydantic model is filled."""
    alias = field.validation_alias
    if alias is None:
        return [name]
    if isinstance(alias, str):
        return [alias]
    choices = getattr(alias, "choices", [alias])  # AliasChoices, or one AliasPath
    return [choice if isinstance(choice, str) else str(choice.path[0]) for choice in choices]


def _is_instance(error: BaseException, module: str, name: str) -> bool:
    """Return whether `error` has a class of a library that the application has imported."""
    library = sys.modules.get(module)
    return library is not None and isinstance(error, getattr(library, name))


def _pydantic_error(into: Any, error: Any) -> JWTClaimsError:
    detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
    kind, location = detail["type"], detail["loc"]
    fields = getattr(into, "model_fields", {})  # a dataclass of Pydantic has none
    known = {key for name, field in fields.items() for key in (name, *model_claim_names(name, field))}
    claim = location[0] if location and location[0] in known else None
    return _new_error(
        claim, is_missing=kind == "missing" and len(location) == 1, is_unexpected=kind == "extra_forbidden"
    )


_UNKNOWN_FIELD = "Object contains unknown field "


def _msgspec_error(into: Any, message: str) -> JWTClaimsError:
    """Read the claim from the end of msgspec's message, which is all that it offers: a path such as "`$.address[1]`".

    A claim can imitate a path in what precedes it. Then the error names another claim that the Struct declares.
    """
    names = list(_declared_claims(into))
    missing = [name for name in names if message == f"Object missing required field `{name}`"]
    _, found, path = message.rpartition("`$")
    invalid = [name for name in names if found and path.startswith(tuple(f".{name}{end}" for end in "`.["))]
    claim = max(missing or invalid, key=len, default=None)
    return _new_error(claim, is_missing=bool(missing), is_unexpected=message.startswith(_UNKNOWN_FIELD))


def _declared_claims(into: Any) -> Iterator[str]:
    yield from struct_claim_names(into).values()
    tag_field = getattr(into, "__origin__", into).__struct_config__.tag_field
    if tag_field is not None:
        yield tag_field


def _new_error(claim: str | None, *, is_missing: bool, is_unexpected: bool) -> JWTClaimsError:
    if claim is None:
        error = JWTClaimsError("A claim is not expected." if is_unexpected else "Claims are not valid.")
    else:
        error = JWTClaimsError(f'Claim "{claim}" is {"missing" if is_missing else "not valid"}.')
    error.code, error.claim = "invalid_claim", claim
    return error
