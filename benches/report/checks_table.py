"""Table of the results page: which library rejects what. Each cell is the result of a call.

A library is called as in the measurements, with its key object and the expected issuer and audience. Each must accept
the same token without the defect. A token is signed with the right key, unless the row says otherwise.
"""

from __future__ import annotations

import base64
import json
import warnings
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes, hmac

from benches.report.tables import format_table
from benches.support.fixtures import CLAIMS, HOUR_SECONDS, NOW, get_key_pair
from benches.support.libraries import FASTJOSE_VERIFIER, OXYJWT, PYJWT, PYTHON_JOSE, RYJWT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benches.support.library import Library

CHECKS_CAPTION = "Who checks what"
CHECKS_METHOD = (
    "Each cell is the result of a call with the default options, the expected issuer and the expected audience. Every\n"
    "library accepts the same token without the defect."
)
LARGE_BYTES = 1_000_000
HEADER = '{"alg":"HS256","typ":"JWT"}'
PAYLOAD = json.dumps(CLAIMS)


def _with(**claims: Any) -> str:
    return json.dumps({**CLAIMS, **claims})


DEFECTS: Mapping[str, tuple[str, str]] = {
    "a repeated name in the payload": (HEADER, f'{{"sub":"attacker",{PAYLOAD[1:]}'),
    "a repeated name in the header": ('{"alg":"none","alg":"HS256"}', PAYLOAD),
    "`iat` is a string": (HEADER, _with(iat="yesterday")),
    "`iat` lies in the future": (HEADER, _with(iat=NOW + HOUR_SECONDS)),
    "`sub` is a number": (HEADER, _with(sub=1)),
    "`jti` is a number": (HEADER, _with(jti=1)),
    "`nbf` is a string": (HEADER, _with(nbf="tomorrow")),
    "`nbf` lies in the future": (HEADER, _with(nbf=NOW + HOUR_SECONDS)),
    "`exp` is missing": (HEADER, json.dumps({name: CLAIMS[name] for name in CLAIMS if name != "exp"})),
    "`crit` names an unknown extension": ('{"alg":"HS256","crit":["unknown"],"unknown":1}', PAYLOAD),
    "a token of a megabyte": (HEADER, _with(padding="a" * LARGE_BYTES)),
}
"""Header and payload of the token of each row, signed with the right HS256 secret."""
ALG_CONFUSION = "HS256 token, signed with the RSA public key as the secret; RS256 alone is allowed"
UNSIGNED, UNSIGNED_HEADER = "`alg` is `none`", b'{"alg":"none"}'


def list_libraries() -> dict[str, Library]:
    """Return the compared libraries by the name of their column."""
    ryjwt = {"ryjwt": RYJWT} if RYJWT else {}
    return {"fastjose": FASTJOSE_VERIFIER, **ryjwt, "oxyjwt": OXYJWT, "PyJWT": PYJWT, "python-jose": PYTHON_JOSE}


def format_checks_table() -> str:
    """Return the table, after checking that every library accepts the token without a defect.

    Raises:
        RuntimeError: A library rejects a valid token.
    """
    libraries = list_libraries()
    refusing = [name for name, library in libraries.items() if is_rejected(library, sign(HEADER, PAYLOAD))]
    if refusing:
        raise RuntimeError(f"a valid token must be accepted, but it is rejected by {refusing}")
    rows = [[defect, *map(format_result, results)] for defect, results in list_results(list(libraries.values()))]
    return format_table(["", *libraries], rows)


def list_results(libraries: list[Library]) -> list[tuple[str, list[bool]]]:
    """Return for each defect whether each library rejects the token."""
    tokens = {defect: sign(header, payload) for defect, (header, payload) in DEFECTS.items()}
    unsigned = f"{encode(UNSIGNED_HEADER)}.{encode(PAYLOAD.encode())}."
    return [
        *((defect, [is_rejected(library, token) for library in libraries]) for defect, token in tokens.items()),
        (UNSIGNED, [is_rejected(library, unsigned) for library in libraries]),
        (ALG_CONFUSION, [is_rejected(library, create_confused_token(), "RS256") for library in libraries]),
    ]


def is_rejected(library: Library, token: str, algorithm: str = "HS256") -> bool:
    """Return whether the library rejects the token. The key is that of `algorithm`, which alone is allowed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verify: Callable[[], Any] = library.prepare_verification(token, algorithm, "key")
        try:
            verify()
        except Exception:  # noqa: BLE001 - each library has its own exceptions
            return True
    return False


def format_result(is_rejected: bool) -> str:  # noqa: FBT001 - a cell
    """Return the text of a cell."""
    return "rejected" if is_rejected else "**accepted**"


def sign(header: str, payload: str, secret: str | None = None) -> str:
    """Return an HS256 token with this text as header and payload, signed without a library that could change it."""
    signing_input = f"{encode(header.encode())}.{encode(payload.encode())}"
    mac = hmac.HMAC((secret or get_key_pair("HS256").verification_key).encode(), hashes.SHA256())
    mac.update(signing_input.encode())
    return f"{signing_input}.{encode(mac.finalize())}"


def create_confused_token() -> str:
    """Return a token that the RSA public key verifies, if a library takes it for a secret."""
    return sign(HEADER, PAYLOAD, get_key_pair("RS256").verification_key)


def encode(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
