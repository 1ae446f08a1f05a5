"""User models: `CurrentUser`, or a Pydantic model of the application, filled from verified claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, cast

from pydantic import AliasChoices, BaseModel, ValidationError
from typing_extensions import TypeVar

from fastjose._core import RequestAuthenticator, require_subject
from fastjose._fastapi.users import CurrentUser
from fastjose.exceptions import JWTClaimsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic.fields import FieldInfo

    from fastjose._core import Verifier

UserT = TypeVar("UserT", bound=BaseModel, default=CurrentUser)

_EXPLICIT_ALIAS_PRIORITY = 2
"""pydantic's `alias_priority` of an alias that is given for a field, rather than created by an `alias_generator`."""


def create_authenticator(verifier: Verifier, model: type[UserT]) -> RequestAuthenticator[UserT]:
    """Return the authenticator that builds users of `model`.

    Its methods raise a JWTError for claims without a user id, and a JWTClaimsError for a claim that the model rejects.

    Raises:
        TypeError: `model` is not a Pydantic model.
    """
    if model is CurrentUser:
        from_claims = cast("Callable[[dict[str, Any]], UserT]", CurrentUser.from_claims)
        return RequestAuthenticator(verifier, from_claims, build_from_fields=_build_current_user)
    return RequestAuthenticator(verifier, UserModelFactory(model).build)


_build_current_user: Callable[[dict[str, str | None]], Any] = CurrentUser.__pydantic_validator__.validate_python
"""Builds a `CurrentUser` from the fields of a verified token, in two thirds of the time of `model_validate`."""


class UserModelFactory(Generic[UserT]):
    """Fills a model with verified claims: each field from the claim of its name, or of its alias.

    A field `user_id` without an explicit alias is filled from `sub`, as in `CurrentUser`, whatever the token contains
    and whatever an `alias_generator` returns.
    """

    def __init__(self, model: type[UserT]) -> None:
        """Inspect the model once.

        Raises:
            TypeError: `model` is not a Pydantic model.
        """
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError("user_model must be a Pydantic model")
        self._model = model
        self._user_id_path = _user_id_path(model)
        self._known_claims = {key for name, field in model.model_fields.items() for key in _claim_names(name, field)}

    def build(self, claims: dict[str, Any]) -> UserT:
        """Return the user that the claims of a verified token identify.

        Raises:
            JWTError: The claims have no user id.
            JWTClaimsError: The model rejects a claim. Names the claim, never its value.
        """
        user_id = require_subject(claims)
        if self._user_id_path is not None:
            claims = _with_value(claims, self._user_id_path, user_id)
        try:
            return self._model.model_validate(claims)
        except ValidationError as error:
            detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
            kind, location = detail["type"], detail["loc"]
        raise self._claims_error(kind, location)  # outside the handler: the caught error contains the claims

    def _claims_error(self, kind: str, location: tuple[int | str, ...]) -> JWTClaimsError:
        """Return the error that names the claim, if the model knows the name: other names come from the token."""
        claim = location[0] if location and location[0] in self._known_claims else None
        if claim is None:
            error = JWTClaimsError("A claim is not expected." if kind == "extra_forbidden" else "Claims are not valid.")
        else:
            is_missing = kind == "missing" and len(location) == 1
            error = JWTClaimsError(f'Claim "{claim}" is {"missing" if is_missing else "not valid"}.')
        error.code, error.claim = "invalid_claim", None if claim is None else str(claim)
        return error


def id_attribute(model: type[BaseModel]) -> str | None:
    """Return the attribute with a user's id: `user_id`, or the field that is filled from `sub`, or `id`."""
    if "user_id" in model.model_fields or hasattr(model, "user_id"):
        return "user_id"
    from_sub = [name for name, field in model.model_fields.items() if "sub" in _claim_names(name, field)]
    return next(iter(from_sub), "id" if "id" in model.model_fields else None)


def _user_id_path(model: type[BaseModel]) -> list[str | int] | None:
    """Return the path from which the model fills its `user_id`, or None if the field has an explicit alias.

    The path is the field's name, or the first alias that an `alias_generator` returns: pydantic prefers it.
    """
    field = model.model_fields.get("user_id")
    if field is None or field.alias_priority == _EXPLICIT_ALIAS_PRIORITY:
        return None
    alias = field.validation_alias
    if alias is None or not model.model_config.get("validate_by_alias", True):
        return ["user_id"]
    first = alias.choices[0] if isinstance(alias, AliasChoices) else alias
    return [first] if isinstance(first, str) else list(first.path)


def _with_value(container: Any, path: list[str | int], value: Any) -> Any:
    """Return a copy of `container`, a JSON value, that has `value` at `path`. Missing parents are added."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(key, str):
        members = container if isinstance(container, dict) else {}
        return {**members, key: _with_value(members.get(key), rest, value)}
    items = list(container) if isinstance(container, list) else []
    items += [None] * ((-key if key < 0 else key + 1) - len(items))
    items[key] = _with_value(items[key], rest, value)
    return items


def _claim_names(name: str, field: FieldInfo) -> list[str]:
    """Return the names of the claims from which a field is filled."""
    alias = field.validation_alias
    if alias is None:
        return [name]
    if isinstance(alias, str):
        return [alias]
    choices = getattr(alias, "choices", [alias])  # AliasChoices, or one AliasPath
    return [choice if isinstance(choice, str) else str(choice.path[0]) for choice in choices]
