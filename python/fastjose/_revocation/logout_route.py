"""A route that takes the logout tokens of an OpenID provider and revokes what they name."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from fastjose._core import Verifier
from fastjose._revocation.logout_tokens import LOGOUT_TYPE, read_logout
from fastjose.exceptions import JOSEError, JWKSetUnavailableError, StoreUnavailableError

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response

    from fastjose._core import RevocationList
    from fastjose._revocation.logout_tokens import Logout
    from fastjose._revocation.redis_revocations import RedisRevocations

MAX_BODY_BYTES = 65_536
MAX_FORM_FIELDS = 16
FORM_TYPE = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store"}  # section 2.8


class InvalidRequestError(Exception):
    """The body is not a form with one logout token. The text is sent to the provider."""


def logout_route(
    verifier: Verifier,
    revocations: RevocationList | RedisRevocations,
    *,
    path: str = "/backchannel-logout",
    revoke: Literal["session", "user"] = "session",
) -> APIRouter:
    """Return a router with the route for back-channel logout (OpenID Connect Back-Channel Logout 1.0, section 2.5).

    The provider sends a form with `logout_token` to it. The response is 200 once the logout is in effect, 400 with an
    OAuth error in JSON for a request or a token that is not valid, and 503 with `Retry-After` while keys or Redis are
    unavailable. A token that is sent again changes nothing: a user's tokens are revoked up to the `iat` of the token.

    Requires FastAPI. The route needs neither a session nor python-multipart, and is not in the OpenAPI document.

    Example:
        verifier = logout_verifier(keys, issuer="https://auth.example.com", client_id="my-client-id")
        app.include_router(logout_route(verifier, revocations))

    Args:
        verifier: The result of `logout_verifier`.
        revocations: The list that the verifiers of the application ask.
        path: The path of the route. Its public URL is registered at the provider as `backchannel_logout_uri`.
        revoke: What a token with both `sid` and `sub` revokes: the tokens of the session, which need a `sid`, or all
            tokens of the user up to then. A token with one of them revokes that one.

    Raises:
        ModuleNotFoundError: FastAPI is not installed.
        TypeError: `verifier` is not a `Verifier`, or `revocations` is not a list of revocations.
        ValueError: `verifier` does not require the `typ` of a logout token, `path` does not begin with a slash, or
            `revoke` has another value.
    """
    try:
        from fastapi import APIRouter  # noqa: PLC0415 - an extra
        from starlette.requests import ClientDisconnect  # noqa: PLC0415 - an extra
        from starlette.responses import JSONResponse, Response  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as missing:
        name = missing.name
        raise ModuleNotFoundError('this requires FastAPI: pip install "fastjose[fastapi]"', name=name) from None
    _check_arguments(verifier, revocations, path, revoke)

    def reject(status: int, error: str, description: str, **headers: str) -> JSONResponse:
        content = {"error": error, "error_description": description}
        return JSONResponse(content, status, headers={**NO_STORE, **headers})

    async def log_out(request: Request) -> Response:
        try:
            token = await read_logout_token(request)
            logout = read_logout(await verifier.verify_async(token))
            await apply_logout(logout, revocations, revoke)
        except InvalidRequestError as error:
            return reject(400, "invalid_request", str(error))
        except ClientDisconnect:  # the response reaches no client
            return reject(400, "invalid_request", "the connection must stay open until the body has ended")
        except (JWKSetUnavailableError, StoreUnavailableError) as error:
            retry_after = str(max(1, math.ceil(error.retry_after_seconds)))
            return reject(503, "temporarily_unavailable", "try again later", **{"Retry-After": retry_after})
        except JOSEError as error:
            return reject(400, "invalid_request", f"Invalid logout token: {error}")
        return Response(status_code=200, headers=NO_STORE)

    router = APIRouter()
    router.add_route(path, log_out, methods=["POST"], include_in_schema=False)
    return router


def _check_arguments(verifier: object, revocations: object, path: object, revoke: object) -> None:
    if not isinstance(verifier, Verifier):
        raise TypeError("verifier must be a fastjose.Verifier")
    if verifier.types != [LOGOUT_TYPE]:
        raise ValueError("verifier must require the typ of a logout token: build it with logout_verifier")
    if isinstance(revocations, type) or not callable(getattr(revocations, "revoke_session", None)):
        raise TypeError("revocations must be the RevocationList or RedisRevocations that the verifiers ask")
    if not isinstance(path, str) or not path.startswith("/"):
        raise ValueError("path must begin with a slash, such as /backchannel-logout")
    if revoke not in ("session", "user"):  # a list cannot be in a set
        raise ValueError('revoke must be "session" or "user"')


async def read_logout_token(request: Request) -> str:
    """Return the only `logout_token` of a form.

    Raises:
        InvalidRequestError: The body is not a form with one, or is too long.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != FORM_TYPE:
        raise InvalidRequestError(f"the content type must be {FORM_TYPE}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise InvalidRequestError(f"the body must have at most {MAX_BODY_BYTES} bytes")
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS
        )
    except ValueError:
        fields = []
    tokens = [value for name, value in fields if name == "logout_token"]
    if len(tokens) != 1:
        raise InvalidRequestError("the body must be a form with one logout_token")
    return tokens[0]


async def apply_logout(
    logout: Logout, revocations: RevocationList | RedisRevocations, revoke: Literal["session", "user"]
) -> None:
    """Revoke what `logout` names."""
    if logout.sid is not None and (revoke == "session" or logout.sub is None):
        revoked = revocations.revoke_session(logout.sid)
    else:
        revoked = revocations.revoke_user(str(logout.sub), at=logout.issued_at)
    if inspect.isawaitable(revoked):
        await revoked
