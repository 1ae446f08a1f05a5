"""The two dependencies on the token of a request: one that raises a 401 without a token, and one that returns None."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection

from fastjose._fastapi.bearer import PasswordTokenScheme, ScopeCheck, TokenScheme
from fastjose._fastapi.places.authorization_code import AuthorizationCodeForm
from fastjose._fastapi.places.schemes import read_schemes
from fastjose._fastapi.places.sign_in_forms import list_forms
from fastjose._places.token_places import TokenPlaces

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fastjose._fastapi.places.authorization_code import DiscoveredKeys

Scheme = Callable[[HTTPConnection], Any]
"""A security scheme of FastAPI or of the application."""


def token_schemes(  # noqa: PLR0913 - the parameters of `BearerAuth`
    scheme: Scheme | Sequence[Scheme] | None,
    check_scopes: ScopeCheck,
    *,
    trusted_origins: Iterable[str] = (),
    subprotocol: str | None = None,
    token_url: str | None = None,
    scheme_name: str | None = None,
    resource_metadata: str | None = None,
    issuers: Sequence[DiscoveredKeys] = (),
) -> tuple[TokenScheme, TokenScheme]:
    """Return the dependency that raises a 401 without a token, and the one that returns None.

    The parameters are those of `BearerAuth`; `issuers` are the key sets that a discovery document names. `check_scopes`
    requires the scopes of FastAPI's `Security`.

    Raises:
        TypeError, ValueError: An argument is invalid.
    """
    schemes = read_schemes(HTTPBearer() if scheme is None else scheme)
    forms = list_forms(
        schemes,
        token_url=token_url,
        scheme_name=scheme_name,
        issuer_form=lambda pasted: [AuthorizationCodeForm(keys, pasted) for keys in issuers],
    )
    found = TokenPlaces([each.place for each in schemes], trusted_origins=trusted_origins, subprotocol=subprotocol)
    create = PasswordTokenScheme if forms[0].is_password else TokenScheme
    required, optional = (
        create(found, forms, auto_error=auto_error, resource_metadata=resource_metadata, check_scopes=check_scopes)
        for auto_error in (True, False)
    )
    return required, optional
