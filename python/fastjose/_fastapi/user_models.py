"""Identity: from verified claims to a user, as `CurrentUser` or as a model of the application's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, cast

from pydantic import BaseModel, ValidationError
from typing_extensions import TypeVar

from fastjose._core import require_subject
from fastjose._fastapi.users import CurrentUser
from fastjose.exceptions import JWTClaimsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo

__all__ = ["Identity", "ModelReader", "UserT", "id_attribute", "is_identity", "user_reader", "user_who_is"]

Identity = dict[str, "str | None"]
"""What `fastjose._core.identity` returns: the fields of a `CurrentUser`."""

UserT = TypeVar("UserT", bound=BaseModel, default=CurrentUser)

user_who_is: Callable[[Identity], Any] = CurrentUser.__pydantic_validator__.validate_python
"""Makes the `CurrentUser` of an identity: what `model_validate` calls; the way there takes half as long again."""

_EXPLICIT = 2
"""pydantic's `alias_priority` of an alias that a field was given, rather than made by an `alias_generator`."""


def user_reader(model: type[UserT]) -> Callable[[dict[str, Any]], UserT]:
    """Return what makes a user of `model` out of verified claims.

    It raises a JWTError for claims that name nobody, and a JWTClaimsError for a claim that the model does not take.

    Raises:
        TypeError: `model` is no Pydantic model.
    """
    if model is CurrentUser:
        return cast("Callable[[dict[str, Any]], UserT]", CurrentUser.from_claims)
    return ModelReader(model).user


def is_identity(model: type[BaseModel]) -> bool:
    """Tell whether an identity is all that users of `model` are made of."""
    return model is CurrentUser


class ModelReader(Generic[UserT]):
    """Fills a model with verified claims: each field from the claim of its name, or of its alias.

    A field `user_id` without an alias of its own is filled from `sub`, as in `CurrentUser`, whatever the token says.
    """

    def __init__(self, model: type[UserT]) -> None:
        """Look at the model once, so that no request has to.

        Raises:
            TypeError: It is no Pydantic model.
        """
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError("user_model must be a Pydantic model")
        self._model = model
        self._subject_key = _subject_key(model)
        self._known = {key for name, field in model.model_fields.items() for key in _keys(name, field)}

    def user(self, claims: dict[str, Any]) -> UserT:
        """Return the user that a verified token names.

        Raises:
            JWTError: It names nobody.
            JWTClaimsError: The model does not take a claim. Names the claim, never its value.
        """
        named = require_subject(claims)
        if self._subject_key is not None:
            claims = {**claims, self._subject_key: named}
        try:
            return self._model.model_validate(claims)
        except ValidationError as error:
            detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
            kind, location = detail["type"], detail["loc"]
        raise self._refusal(kind, location)  # out here: what was caught holds the claims

    def _refusal(self, kind: str, location: tuple[int | str, ...]) -> JWTClaimsError:
        """Say which claim it is, but only by a name that the model has: others are the token's words."""
        claim = location[0] if location and location[0] in self._known else None
        if claim is None:
            error = JWTClaimsError("A claim is not expected." if kind == "extra_forbidden" else "Claims are not valid.")
        else:
            is_missing = kind == "missing" and len(location) == 1
            error = JWTClaimsError(f'Claim "{claim}" is {"missing" if is_missing else "not valid"}.')
        error.code, error.claim = "invalid_claim", None if claim is None else str(claim)
        return error


def id_attribute(model: type[BaseModel]) -> str | None:
    """Return the attribute that holds a user's id: `user_id`, or the field that is filled from `sub`, or `id`."""
    if "user_id" in model.model_fields or hasattr(model, "user_id"):
        return "user_id"
    from_subject = [name for name, field in model.model_fields.items() if "sub" in _keys(name, field)]
    return next(iter(from_subject), "id" if "id" in model.model_fields else None)


def _subject_key(model: type[BaseModel]) -> str | None:
    """Return the key under which the model takes its `user_id`, unless the field says itself where that is from."""
    field = model.model_fields.get("user_id")
    if field is None or field.alias_priority == _EXPLICIT:
        return None
    return field.validation_alias if isinstance(field.validation_alias, str) else "user_id"


def _keys(name: str, field: FieldInfo) -> list[str]:
    """Return the names of the claims that a field is filled from."""
    alias = field.validation_alias
    if alias is None:
        return [name]
    if isinstance(alias, str):
        return [alias]
    choices = getattr(alias, "choices", [alias])  # AliasChoices, or one AliasPath
    return [choice if isinstance(choice, str) else str(choice.path[0]) for choice in choices]
