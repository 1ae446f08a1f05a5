"""The responses to requests whose credential is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.authentication import AuthenticationError
from starlette.responses import JSONResponse

from fastjose._refusals.refusal import unauthorized

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from fastjose._refusals.refusal import Refusal


class RefusedCredentialError(AuthenticationError):
    """The credential of a request is refused. Its text contains nothing of the credential.

    Attributes:
        refusal: The response.
    """

    def __init__(self, refusal: Refusal) -> None:
        """Create the error."""
        super().__init__(refusal.detail)
        self.refusal = refusal


def refusal_of(error: AuthenticationError) -> Refusal:
    """Return the refusal of an error. That of another backend is a 401 that does not repeat its text."""
    return error.refusal if isinstance(error, RefusedCredentialError) else unauthorized()


def create_response(_connection: HTTPConnection, error: AuthenticationError) -> JSONResponse:
    """Return the response to a request that was refused with `error`: as FastAPI sends it, with `detail` as JSON."""
    status_code, detail, headers = refusal_of(error)
    return JSONResponse({"detail": detail}, status_code, headers)
