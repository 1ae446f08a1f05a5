"""`inspect_text`: find out which kind of credential a text is, and read what it contains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastjose._cli.errors import CommandError
from fastjose._cli.inspection.kinds import find_jwt_kind, find_opaque_kind
from fastjose._cli.inspection.report import TokenReport
from fastjose._cli.inspection.secrets import hide_session_tokens
from fastjose._cli.inspection.session_data import read_session_data
from fastjose._cli.inspection.times import find_time_oddities, read_times
from fastjose._cli.inspection.wrapping import unwrap
from fastjose._core import jwe_header, jws_unverified_header, jwt_parse_claims
from fastjose.constants import MAX_TOKEN_BYTES
from fastjose.exceptions import JOSEError
from fastjose.utils import base64url_decode

if TYPE_CHECKING:
    from collections.abc import Mapping

_JWS_SEGMENTS, _JWE_SEGMENTS = 3, 5
_DEFAULT_MAX_TOKEN_BYTES = 65_536
"""The longest token that a `Verifier` accepts by default."""


def inspect_text(text: str) -> TokenReport:
    """Return what `text` contains: a credential, alone, after `Bearer`, in quotes, or in the JSON of a token endpoint.

    Nothing is verified.

    Raises:
        CommandError: `text` has the form of no credential. The message does not contain it.
    """
    token, notes = unwrap(text)
    segments = token.count(".") + 1
    if segments == _JWS_SEGMENTS:
        return _inspect_jws(token, notes)
    if segments == _JWE_SEGMENTS:
        return _inspect_jwe(token, notes)
    return _inspect_other(token, notes)


def _inspect_jws(token: str, notes: tuple[str, ...]) -> TokenReport:
    try:
        header = jws_unverified_header(token)
    except JOSEError as error:
        raise _malformed("JWT", error) from None
    parts = [_decoded_size(segment) for segment in token.split(".")]
    sizes = {"token": len(token), "header": parts[0], "payload": parts[1], "signature": parts[2]}
    if len(token) > _DEFAULT_MAX_TOKEN_BYTES:
        notes = (*notes, f"it is longer than {_DEFAULT_MAX_TOKEN_BYTES:,} bytes, the default limit of a Verifier")
    claims, problem = _read_claims(token)
    if claims is None:
        return TokenReport(kind="jws", header=header, times={}, sizes=sizes, notes=(*notes, problem))
    times = read_times(claims)
    notes = (*notes, *find_time_oddities(claims, times))
    shown = hide_session_tokens(claims)
    kind = find_jwt_kind(header, claims)
    return TokenReport(kind=kind, header=header, claims=shown, times=times, sizes=sizes, notes=notes)


def _read_claims(token: str) -> tuple[dict[str, Any] | None, str]:
    """Return the claims, or None and the reason."""
    try:
        return jwt_parse_claims(base64url_decode(token.split(".")[1].encode())), ""
    except (JOSEError, ValueError):
        return None, "its payload must be a JSON object in base64url to be a JWT"


def _inspect_jwe(token: str, notes: tuple[str, ...]) -> TokenReport:
    try:
        header = jwe_header(token.encode(), MAX_TOKEN_BYTES)
    except JOSEError as error:
        raise _malformed("JWE", error) from None
    if not {"alg", "enc"} <= header.keys():
        raise CommandError("the input must be a well-formed JWE: its header must have alg and enc")
    parts = [_decoded_size(segment) for segment in token.split(".")]
    sizes = {"token": len(token), "header": parts[0], "ciphertext": parts[3]}
    return TokenReport(kind="encrypted_token", header=header, times={}, sizes=sizes, notes=notes)


def _inspect_other(token: str, notes: tuple[str, ...]) -> TokenReport:
    sizes = {"token": len(token)}
    content = read_session_data(token)
    if content is not None:
        shown: Mapping[str, Any] = hide_session_tokens(content)
        times = read_times(content)
        return TokenReport(kind="compact_session_cookie", claims=shown, times=times, sizes=sizes, notes=notes)
    kind = find_opaque_kind(token)
    if kind is None:
        raise CommandError(
            "the input must be a token: a JWT has three segments with dots between them, an encrypted one has five, "
            "and a session token of Better Auth has 32 letters and digits before its signature"
        )
    return TokenReport(kind=kind, times={}, sizes=sizes, notes=notes)


def _malformed(noun: str, error: JOSEError) -> CommandError:
    """Return the error about a token that cannot be parsed. The messages of the core contain no part of it."""
    reason = str(error).partition(":")[0]
    return CommandError(f"the input must be a well-formed {noun}: {reason}")


def _decoded_size(segment: str) -> int:
    """Return the length of a base64url segment when decoded."""
    return len(segment.rstrip("=")) * 3 // 4
