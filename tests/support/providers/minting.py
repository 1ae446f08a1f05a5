"""Tokens as providers sign them: by PyJWT, or from segments where a provider deviates from the standard."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import jwt

from support.providers.auth_js_cookie import encrypt_version_4, encrypt_version_5
from support.providers.forms import EXPIRY, apply_changes
from support.providers.keys import signing_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.providers.forms import Claims, TokenForm

    Localize = Callable[[Any], Any]

LIFETIME_SECONDS = 300


def mint(
    form: TokenForm,
    localize: Localize,
    changes: Claims | None = None,
    *,
    header_changes: Claims | None = None,
    owner: str = "provider",
) -> str:
    """Return a token of `form` with changes of its claims or its header, signed with the key of `owner`."""
    now = int(time.time())
    claims = apply_changes({"iat": now, "exp": now + LIFETIME_SECONDS, **form.claims}, changes or {})
    key: Any = signing_key(form.algorithm, owner) if form.secret is None else form.secret
    if form.secret is not None and owner != "provider":
        key = f"{owner}'s secret, which is long enough"
    if form.auth_js_version is not None:
        return _encrypt(form, localize(claims), key)
    members = apply_changes(form.header, header_changes or {})
    expiry = claims.get("exp")
    header = {"typ": None, **localize({name: expiry if value == EXPIRY else value for name, value in members.items()})}
    if form.padded or form.signed_header:
        return _sign_segments(form, header, localize(claims), key)
    return jwt.encode(localize(claims), key, form.algorithm, headers=header)


def alter_signature(token: str) -> str:
    """Return `token` with another first character of its signature."""
    signed, _, signature = token.rpartition(".")
    return f"{signed}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def remove_signature(token: str) -> str:
    """Return `token` with `alg: none`, without a signature."""
    payload = token.split(".")[1]
    return f"{_encode(json.dumps({'alg': 'none', 'typ': 'JWT'}).encode(), padded=False)}.{payload}."


def _encrypt(form: TokenForm, claims: Claims, secret: str) -> str:
    cookie_name = form.place[1]
    return (
        encrypt_version_4(claims, secret)
        if form.auth_js_version == 4
        else encrypt_version_5(claims, secret, cookie_name)
    )


def _sign_segments(form: TokenForm, header: Claims, claims: Claims, key: Any) -> str:
    """Return a token that deviates from the standard: with padding, or with another header than was signed."""
    sent = {name: value for name, value in header.items() if value is not None} | {"alg": form.algorithm}
    payload = _encode(json.dumps(claims).encode(), padded=form.padded)
    head, signed_head = (
        _encode(json.dumps(each).encode(), padded=form.padded) for each in (sent, {**sent, **form.signed_header})
    )
    algorithm = jwt.get_algorithm_by_name(form.algorithm)
    signature = algorithm.sign(f"{signed_head}.{payload}".encode(), key)
    return f"{head}.{payload}.{_encode(signature, padded=form.padded)}"


def _encode(data: bytes, *, padded: bool) -> str:
    encoded = base64.urlsafe_b64encode(data)
    return (encoded if padded else encoded.rstrip(b"=")).decode()
