"""What a client sends for a session, and what an attacker makes of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import secrets
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from end_to_end.sessions.better_auth import SignedIn
    from end_to_end.sessions.oracle import CookieCache, Life

TOKEN_LENGTH = 32
KEY_LENGTH = 64
ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Credential:
    """The headers of a request, and what the oracle knows about them."""

    kind: str
    headers: dict[str, str]
    life: Life
    cache: CookieCache | None = None
    is_hostile: bool = False


def _bearer(value: str) -> dict[str, str]:
    return {"authorization": f"Bearer {value}"}


def _decoded(value: str) -> str:
    return unquote(value)


FORMS: dict[str, Callable[[SignedIn], dict[str, str]]] = {
    "bearer": lambda session: _bearer(session.bearer),  # as this version of Better Auth sends it
    "bearer, raw": lambda session: _bearer(_decoded(session.bearer)),
    "bearer, encoded": lambda session: _bearer(quote(_decoded(session.bearer), safe="")),
    "bearer, unsigned": lambda session: _bearer(session.token),
    "cookie": lambda session: {"cookie": session.token_cookie},
    "cookies": lambda session: {"cookie": session.cookie_header},
    "api key": lambda session: {"x-api-key": session.api_key},
}
"""The headers for a session, by the name of the form."""


def present(session: SignedIn, form: str) -> Credential:
    """Return the genuine credential of `session` in this form."""
    cache = session.cache if form == "cookies" else None
    return Credential(form, FORMS[form](session), session.life, cache)


# --- Attacks: none of them is a session, whatever the session that they were made from ---


def sign(token: str, secret: str) -> str:
    """Sign a token as Better Auth does."""
    mac = hmac.new(secret.encode(), token.encode(), hashlib.sha256).digest()
    return f"{token}.{base64.b64encode(mac).decode()}"


def attack_bearer(session: SignedIn, other: SignedIn, secret: str) -> Iterator[Credential]:
    """Yield bearer credentials that must be rejected. `other` is a session of another user."""
    signed = _decoded(session.bearer)
    for name, value in _attack_signed_tokens(signed, _decoded(other.bearer), secret):
        yield Credential(f"bearer, {name}", _bearer(value), session.life, is_hostile=True)


def attack_token_cookie(session: SignedIn, other: SignedIn, secret: str) -> Iterator[Credential]:
    """Yield `session_token` cookies that must be rejected. `other` is a session of another user."""
    cookie_name = session.token_cookie.split("=")[0]
    for name, value in _attack_signed_tokens(_decoded(session.bearer), _decoded(other.bearer), secret):
        headers = {"cookie": f"{cookie_name}={quote(value, safe='')}"}
        yield Credential(f"cookie, {name}", headers, session.life, is_hostile=True)
    # A cookie is never accepted without its signature.
    yield Credential("cookie, unsigned", {"cookie": f"{cookie_name}={session.token}"}, session.life, is_hostile=True)


def attack_caches(session: SignedIn) -> Iterator[Credential]:
    """Yield genuine `session_data` without a genuine `session_token`."""
    data = {name: value for name, value in session.cookies.items() if "session_data" in name}
    for label, cookies in (
        ("session_data alone", data),
        ("session_data, token without signature", data | {_token_name(session): session.token}),
        ("session_data, forged token", data | {_token_name(session): flip(session.token_cookie.split("=", 1)[1], 3)}),
    ):
        yield Credential(label, {"cookie": _join(cookies)}, session.life, is_hostile=True)


def damage_caches(session: SignedIn) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield damaged `session_data` beside the genuine `session_token`; only Better Auth knows the user, if any."""
    names = [name for name in session.cookies if "session_data" in name]
    name = names[-1]
    value = session.cookies[name]
    separators = [position for position, letter in enumerate(value) if letter == "."]
    bounds = [0, *separators, len(value)]
    for start, end in itertools.pairwise(bounds):
        flipped = flip(value, (start + end) // 2)
        yield f"flipped at {start}-{end}", session.cookies | {name: flipped}
    for length in (0, 1, len(value) // 4, len(value) // 2, len(value) - 1):
        yield f"cut to {length}", session.cookies | {name: value[:length]}
    if len(names) > 1:
        rest = {key: text for key, text in session.cookies.items() if key != names[0]}
        yield "first chunk missing", rest


def attack_api_keys(key: SignedIn, other: SignedIn) -> Iterator[Credential]:
    """Yield keys that must be rejected. `other` is the key of another user."""
    text = key.api_key
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    forged = {
        "flipped": flip(text, secrets.randbelow(len(text))),
        "other case": text.swapcase(),
        "its hash": digest,
        "half of another": text[: KEY_LENGTH // 2] + other.api_key[KEY_LENGTH // 2 :],
        "twice": text + text,
        **{f"cut to {length}": text[:length] for length in (1, KEY_LENGTH // 2, KEY_LENGTH - 1)},
    }
    for name, value in forged.items():
        yield Credential(f"api key, {name}", {"x-api-key": value}, key.life, is_hostile=True)
    yield Credential("api key, as a bearer token", {"authorization": f"Bearer {text}"}, key.life, is_hostile=True)
    yield Credential("api key, as a cookie", {"cookie": f"better-auth.session_token={text}"}, key.life, is_hostile=True)


def _attack_signed_tokens(signed: str, other: str, secret: str) -> Iterator[tuple[str, str]]:
    token, _, signature = signed.partition(".")
    other_token, _, other_signature = other.partition(".")
    yield "token flipped", f"{flip(token, secrets.randbelow(TOKEN_LENGTH))}.{signature}"
    yield "signature flipped", f"{token}.{flip(signature, secrets.randbelow(42))}"
    yield "signature of another user", f"{token}.{other_signature}"
    yield "token of another user", f"{other_token}.{signature}"
    yield "signed, never issued", sign("".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH)), secret)
    yield "signed with another secret", sign(token, "another secret of at least 32 characters")
    yield "signature twice", f"{signed}.{signature}"
    for length in (1, TOKEN_LENGTH // 2, TOKEN_LENGTH - 1, TOKEN_LENGTH + 1, TOKEN_LENGTH + 20, len(signed) - 4):
        yield f"cut to {length}", signed[:length]


def _token_name(session: SignedIn) -> str:
    return session.token_cookie.split("=")[0]


def _join(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def flip(text: str, position: int) -> str:
    """Replace the character at `position` by another one of the alphabet of every encoding here."""
    replacement = "A" if text[position] != "A" else "B"
    return text[:position] + replacement + text[position + 1 :]
