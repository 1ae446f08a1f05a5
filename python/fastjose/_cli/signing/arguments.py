"""The arguments of `mint`: the claims, the lifetime, and the token that they describe."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from fastjose._cli.errors import CommandError
from fastjose.exceptions import JWKError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastjose.testing import TokenIssuer

_LIFETIME = re.compile(r"(?P<sign>-?)(?P<number>[0-9]{1,9})(?P<unit>[smhd]?)")
_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def parse_lifetime(text: str) -> int:
    """Return a duration in seconds: `900`, `15m`, `2h`, `7d`, `-1h`.

    Raises:
        CommandError: The text is not a duration.
    """
    found = _LIFETIME.fullmatch(text)
    if found is None:
        raise CommandError("--expires-in must be a number of seconds, or a duration such as 15m, 2h or 7d")
    seconds = int(found["number"]) * _UNIT_SECONDS[found["unit"]]
    return -seconds if found["sign"] else seconds


def parse_claims(texts: Sequence[str]) -> dict[str, Any]:
    """Return the claims of `name=value`. A value that is JSON is that value, any other one is a text.

    Raises:
        CommandError: A text has no name.
    """
    claims: dict[str, Any] = {}
    for text in texts:
        name, separator, value = check_text(text, "--claim").partition("=")
        if not name or not separator:
            raise CommandError("--claim must be NAME=VALUE, such as role=admin or 'roles=[\"admin\"]'")
        claims[name] = _parse_value(value)
    return claims


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def check_text(text: str, label: str) -> str:
    """Return an argument that becomes part of a token.

    Raises:
        CommandError: It is not Unicode: the shell has passed on bytes of another encoding.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CommandError(f"{label} must be text in UTF-8") from None
    return text


def sign(signer: TokenIssuer, user_id: str, seconds: int, omit: Sequence[str], header: Mapping[str, Any]) -> str:
    """Return a token of `signer` that expires in `seconds`.

    Raises:
        CommandError: A claim cannot be written, or the key cannot sign with the algorithm.
    """
    try:
        return signer.mint_token(check_text(user_id, "--user-id"), expires_in_seconds=seconds, omit=omit, header=header)
    except JWKError as error:
        raise CommandError(f"--algorithm must be one for which the key can sign: {error}") from None
    except (ValueError, TypeError) as error:
        raise CommandError(f"the claims must be JSON values: {error}") from None
