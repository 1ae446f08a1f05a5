"""User models: `CurrentUser`, or a Pydantic model or msgspec Struct of the application, filled from verified claims."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Generic, cast

from pydantic import AliasChoices, BaseModel
from typing_extensions import TypeVar

from fastjose._claims_types import ClaimsModel, claims_error, is_struct, model_claim_names, struct_claim_names
from fastjose._core import require_subject, user_fields
from fastjose._fastapi.extra_claims import fill_function
from fastjose._fastapi.users import CurrentUser
from fastjose._verifiers import request_authentication
from fastjose._verifiers.bearer_policy import SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose._core import Verifier
    from fastjose._verifiers.bearer_policy import BearerPolicy
    from fastjose._verifiers.choice import VerifierInput
    from fastjose._verifiers.issuers import Issuers
    from fastjose._verifiers.request_authentication import ChosenAuthenticator, RequestAuthentication

UserT = TypeVar("UserT", bound=ClaimsModel, default=CurrentUser)

_EXPLICIT_ALIAS_PRIORITY = 2
"""pydantic's `alias_priority` of an alias that is given for a field, rather than created by an `alias_generator`."""


def create_authentication(
    verifier: VerifierInput, model: type[UserT], policy: BearerPolicy
) -> tuple[Verifier | Issuers[ChosenAuthenticator[UserT]], RequestAuthentication[UserT]]:
    """Return the verifier of an application or the choice among several, and the authentication of requests with it.

    Raises:
        TypeError: `verifier` is neither a `Verifier`, a list of them nor a function; or `model` is neither a Pydantic
            model nor a msgspec Struct, or it needs an id that `policy` does not require.
        ValueError: Verifiers in a list do not have different issuers.
    """
    build_user = user_builder(model, policy.user_id_claim)
    build_from_fields = _build_current_user if model is CurrentUser else None
    return request_authentication.create_authentication(verifier, policy, build_user, build_from_fields)


_build_current_user: Callable[[dict[str, str | None]], Any] = CurrentUser.__pydantic_validator__.validate_python
"""Builds a `CurrentUser` from the fields of a verified token, in two thirds of the time of `model_validate`."""


class UserModelFactory(Generic[UserT]):
    """Fills a model with verified claims: each field from the claim of its name, of its alias, or of its `rename`.

    A field `user_id` without an explicit alias is filled from the claim with the user's id, as in `CurrentUser`,
    whatever the token contains and whatever an `alias_generator` returns.
    """

    def __init__(self, model: type[UserT], user_id_claim: str | None = SUBJECT) -> None:
        """Inspect the model once.

        Raises:
            TypeError: `model` is neither a Pydantic model nor a msgspec Struct, or it has a field with the user's id
                although `user_id_claim` is None.
        """
        self._model: Any = model
        self._user_id_claim = user_id_claim
        self._fill, self._user_id_path = _prepare_model(model)
        if user_id_claim is None and (self._user_id_path is not None or SUBJECT in named_claims(model)):
            raise _needed_id_error()

    def build(self, claims: dict[str, Any]) -> UserT:
        """Return the user that the claims of a verified token identify.

        Raises:
            JWTError: The claims have no user id.
            JWTClaimsError: The model rejects a claim. Names the claim, never its value.
        """
        if self._user_id_claim is not None:
            user_id = require_subject(claims, self._user_id_claim)
            if self._user_id_path is not None:
                claims = _with_value(claims, self._user_id_path, user_id)
        try:
            user: UserT = self._fill(claims)
        except Exception as error:
            rejection = claims_error(self._model, error)
            if rejection is None:
                raise
        else:
            return user
        raise rejection  # outside the handler: the caught error contains the claims


def _prepare_model(model: Any) -> tuple[Callable[[Any], Any], list[str | int] | None]:
    """Return the function that fills the model, and the path from which the model fills its `user_id`, if any."""
    if is_struct(model):
        from msgspec import convert  # noqa: PLC0415 - optional; the application has imported it

        return partial(convert, type=model, str_keys=True), _user_id_path_of_struct(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return fill_function(model), _user_id_path(model)
    raise TypeError("user_model must be a Pydantic model or a msgspec Struct")


def _needed_id_error() -> TypeError:
    return TypeError(
        "user_id_claim must name the claim with the user's id, because user_model has a field for it (user_id, or one "
        "that is filled from sub): name the claim, or pass a user_model without such a field"
    )


def user_builder(model: type[UserT], user_id_claim: str | None = SUBJECT) -> Callable[[dict[str, Any]], UserT]:
    """Return the function that builds users of `model` from verified claims, or from the fields of a session's user.

    It raises a JWTError for claims without a user id, and a JWTClaimsError for a claim that the model rejects.

    Args:
        model: The model.
        user_id_claim: The claim with the id of a user: a str, or an int, which counts as its decimal text. Defaults to
            `sub`, which must be a str. None: no id is required.

    Raises:
        TypeError: `model` is neither a Pydantic model nor a msgspec Struct, or it has a field with the user's id
            although `user_id_claim` is None.
    """
    if model is not CurrentUser:
        return UserModelFactory(model, user_id_claim).build
    if user_id_claim is None:
        raise _needed_id_error()
    if user_id_claim == SUBJECT:
        return cast("Callable[[dict[str, Any]], UserT]", CurrentUser.from_claims)
    return lambda claims: _build_current_user(user_fields(claims, user_id_claim=user_id_claim))


def missing_id_error(user_id_claim: str | None) -> TypeError:
    """Return the error of an application that asks for the id of users who have none."""
    if user_id_claim is None:
        return TypeError("user_id_claim must name the claim with the user's id: it is None")
    return TypeError(f"user_model must have a field user_id, a field with the alias {user_id_claim}, or a field id")


def named_claims(model: Any) -> frozenset[str]:
    """Return the claims that the fields of a model name."""
    return frozenset(claim for claims in _claims_by_field(model).values() for claim in claims)


def _claims_by_field(model: Any) -> dict[str, list[str]]:
    """Return the claims from which each field of a model is filled."""
    if is_struct(model):
        return {field: [claim] for field, claim in struct_claim_names(model).items()}
    return {name: model_claim_names(name, field) for name, field in model.model_fields.items()}


def id_attribute(model: Any, user_id_claim: str | None = SUBJECT) -> str | None:
    """Return the attribute with a user's id: `user_id`, or the field that is filled from its claim, or `id`."""
    if user_id_claim is None:
        return None
    claims_by_field = _claims_by_field(model)
    if "user_id" in claims_by_field or hasattr(model, "user_id"):
        return "user_id"
    from_claim = [name for name, claims in claims_by_field.items() if user_id_claim in claims]
    return next(iter(from_claim), "id" if "id" in claims_by_field else None)


def _user_id_path_of_struct(struct: Any) -> list[str | int] | None:
    """Return the claim from which a Struct fills its `user_id`, or None if the field has a name of its own.

    A `rename` such as `camel` spells `user_id` in another case: such a spelling is not a name of its own.
    """
    claim = struct_claim_names(struct).get("user_id")
    if claim is None or claim.replace("_", "").replace("-", "").lower() != "userid":
        return None
    return [claim]


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
