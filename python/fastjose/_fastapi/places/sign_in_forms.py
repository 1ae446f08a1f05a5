"""What the Authorize button of the OpenAPI page offers: each form is one security scheme of the document."""

from __future__ import annotations

import re
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.openapi.models import OAuth2 as OAuth2Model
from fastapi.openapi.models import OAuthFlowPassword, OAuthFlows
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from fastjose._arguments import check_text
from fastjose._places.sources import BearerHeader, CookieHeader, KeyHeader, KeyQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fastjose._fastapi.places.place_schemes import PlaceScheme

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
"""What the name of a component must not have (OpenAPI 3.1 §4.8.7)."""


class SignInForm:
    """A security scheme of the OpenAPI document.

    Attributes:
        name: Its name in the document, which `list_forms` makes different from the other names.
        get_model: Returns its model when the document is generated.
        is_password: Whether it is the password flow.
    """

    def __init__(self, name: str, get_model: Callable[[], Any], *, is_password: bool = False) -> None:
        """Create the form."""
        self.name, self.get_model, self.is_password = name, get_model, is_password

    @property
    def shown_name(self) -> str:
        """The name of the model that `get_model` has returned."""
        return self.name


def list_forms(
    places: Sequence[PlaceScheme],
    *,
    token_url: str | None,
    scheme_name: str | None,
    issuer_form: Callable[[SignInForm], Sequence[SignInForm]] = lambda _: (),
) -> list[SignInForm]:
    """Return the forms for `places`, in their order, each with a name of its own.

    Args:
        places: The places of tokens.
        token_url: The URL where the password flow signs in, for the bearer token of the Authorization header.
        scheme_name: The name of the first form, and the beginning of the names of the others. By default each has the
            name of its scheme.
        issuer_form: Returns the forms that sign in at the issuers, before the form in which a user pastes a token.

    Raises:
        TypeError: `token_url` or `scheme_name` is not a str.
        ValueError: `token_url` is given, and no place is a bearer token of the Authorization header.
    """
    if token_url is not None:
        check_text("token_url", token_url, "/api/auth/token")
    if scheme_name is not None:
        check_text("scheme_name", scheme_name, "Staff")
    forms = [form for place in places for form in _forms_of(place, token_url, issuer_form)]
    if token_url is not None and not any(form.is_password for form in forms):
        raise ValueError("token_url must be given only with HTTPBearer() in scheme: it is a form for that token")
    _set_names(forms, scheme_name)
    return forms


def _forms_of(
    scheme: PlaceScheme, token_url: str | None, issuer_form: Callable[[SignInForm], Sequence[SignInForm]]
) -> list[SignInForm]:
    is_bearer = isinstance(scheme.place, BearerHeader) and isinstance(scheme.model, HTTPBearerModel)
    if token_url is not None and is_bearer:
        model = OAuth2Model(flows=OAuthFlows(password=OAuthFlowPassword(tokenUrl=token_url)))
        return [SignInForm("OAuth2PasswordBearer", lambda: model, is_password=True)]
    pasted = SignInForm(_own_name(scheme), lambda: scheme.model)
    return [*(issuer_form(pasted) if is_bearer else ()), pasted]


def _own_name(scheme: PlaceScheme) -> str:
    """Return the name of a scheme: one that FastAPI has chosen says nothing of the header or the cookie."""
    named = isinstance(scheme.place, KeyHeader | CookieHeader | KeyQuery)
    if named and scheme.scheme_name == f"APIKey{scheme.model.in_.value.title()}":
        return f"{scheme.scheme_name}-{_NOT_IN_NAMES.sub('_', scheme.model.name)}"
    return scheme.scheme_name


def _set_names(forms: Iterable[SignInForm], scheme_name: str | None) -> None:
    """Give the forms different names."""
    taken: list[str] = []
    for form in forms:
        name = form.name
        if scheme_name is not None:
            name = f"{scheme_name}-{name}" if taken else scheme_name
        candidates = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
        form.name = next(candidate for candidate in candidates if candidate not in taken)
        taken.append(form.name)


class OfferedForm(SecurityBase):
    """A dependency that does nothing: from it FastAPI takes a further security scheme of a route."""

    def __init__(self, form: SignInForm, following: Sequence[SignInForm]) -> None:
        """Offer `form`, and after it those that are `following`."""
        self._form = form
        self.__signature__ = Signature(further_forms(following))

    @property
    def scheme_name(self) -> str:  # type: ignore[override]  # as below
        """The name of the form."""
        return self._form.shown_name

    @property
    def model(self) -> Any:  # type: ignore[override]  # known when the document is generated
        """The model of the form."""
        return self._form.get_model()

    async def __call__(self, further_forms: None = None) -> None:
        """Do nothing."""


def further_forms(forms: Sequence[SignInForm]) -> list[Parameter]:
    """Return the parameter of a dependency that adds `forms` to a route: none without any."""
    if not forms:
        return []
    dependency = OfferedForm(forms[0], forms[1:])
    return [Parameter("further_forms", Parameter.KEYWORD_ONLY, annotation=Annotated[None, Depends(dependency)])]


def signature_with(parameter: str, forms: Sequence[SignInForm]) -> Signature:
    """Return the signature of a dependency on the connection, which offers `forms` beside its own one.

    It also receives the scopes that FastAPI's `Security` requires.
    """
    connection = Parameter(parameter, Parameter.POSITIONAL_OR_KEYWORD, annotation=HTTPConnection)
    return Signature([connection, *further_forms(forms), SECURITY_SCOPES])


SECURITY_SCOPES = Parameter("security_scopes", Parameter.KEYWORD_ONLY, annotation=SecurityScopes)
"""The parameter with the scopes that `Security(…, scopes=[…])` requires, in the route and in what depends on it."""
