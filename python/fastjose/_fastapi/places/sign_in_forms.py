"""What the Authorize button of the OpenAPI page offers: each form is one security scheme of the document."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.openapi.models import OAuth2 as OAuth2Model
from fastapi.openapi.models import OAuthFlowPassword, OAuthFlows
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from fastjose._credentials.sources import CookieHeader, KeyHeader, KeyQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from fastjose._credentials.sources import Place

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]")
"""What the name of a component must not have (OpenAPI 3.1 §4.8.7)."""


@dataclass(frozen=True)
class SignInForm:
    """A security scheme of the OpenAPI document.

    Attributes:
        name: Its name in the document.
        get_model: Returns its model when the document is generated.
        is_password: Whether it is the password flow.
    """

    name: str
    get_model: Callable[[], Any]
    is_password: bool = False


def list_forms(places: Sequence[Place], *, token_url: str | None, scheme_name: str | None) -> list[SignInForm]:
    """Return the forms for `places`, in their order, each with a name of its own.

    Args:
        places: The places of tokens.
        token_url: The URL where the password flow signs in, for the bearer token of the Authorization header.
        scheme_name: The name of the first form, and the beginning of the names of the others. By default each has the
            name of its scheme.

    Raises:
        ValueError: `token_url` is given, and no place is a bearer token of the Authorization header.
    """
    forms = [form for place in places for form in _forms_of(place, token_url)]
    if token_url is not None and not any(form.is_password for form in forms):
        raise ValueError("token_url must be given only with HTTPBearer() in scheme: it is a form for that token")
    return _with_names(forms, scheme_name)


def _forms_of(place: Place, token_url: str | None) -> list[SignInForm]:
    if token_url is not None and isinstance(place.model, HTTPBearerModel):
        model = OAuth2Model(flows=OAuthFlows(password=OAuthFlowPassword(tokenUrl=token_url)))
        return [SignInForm("OAuth2PasswordBearer", lambda: model, is_password=True)]
    return [SignInForm(_own_name(place), lambda: place.model)]


def _own_name(place: Place) -> str:
    """Return the name of a scheme: one that FastAPI has chosen says nothing of the header or the cookie."""
    named = isinstance(place, KeyHeader | CookieHeader | KeyQuery)
    if named and place.scheme_name == f"APIKey{place.model.in_.value.title()}":
        return f"{place.scheme_name}-{_NOT_IN_NAMES.sub('_', place.model.name)}"
    return place.scheme_name


def _with_names(forms: Iterable[SignInForm], scheme_name: str | None) -> list[SignInForm]:
    """Return the forms with different names."""
    named: list[SignInForm] = []
    for form in forms:
        name = form.name
        if scheme_name is not None:
            name = f"{scheme_name}-{name}" if named else scheme_name
        count = sum(other.name == name or other.name.startswith(f"{name}-") for other in named)
        named.append(replace(form, name=f"{name}-{count + 1}" if count else name))
    return named


class OfferedForm(SecurityBase):
    """A dependency that does nothing: from it FastAPI takes a further security scheme of a route."""

    def __init__(self, form: SignInForm, following: Sequence[SignInForm]) -> None:
        """Offer `form`, and after it those that are `following`."""
        self._form, self.scheme_name = form, form.name
        self.__signature__ = Signature(further_forms(following))

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
    """Return the signature of a dependency on the connection, which offers `forms` beside its own one."""
    connection = Parameter(parameter, Parameter.POSITIONAL_OR_KEYWORD, annotation=HTTPConnection)
    return Signature([connection, *further_forms(forms)])
