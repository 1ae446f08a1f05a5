"""A smoke test of an installed wheel with only the extra `fastapi`, run as a script.

It uses each part of the native module that an old system could lack: the primitives of both libraries, the HTTP client
and its threads.
"""

import os
import time

import fastjose
from fastjose import jws
from fastjose.testing import TokenIssuer, serve_jwks

SECRET = "a-secret-that-is-made-for-this-smoke-test"
CLAIMS = {"sub": "user-1", "exp": int(time.time()) + 60}
# RFC 7515, appendix A.3.
ES256_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
ES256_TOKEN = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def check_shared_secret() -> None:
    """Verify an HS256 token with each function."""
    token = fastjose.sign_token(CLAIMS, SECRET, algorithm="HS256")
    assert fastjose.Verifier(SECRET, algorithms=["HS256"]).verify(token) == CLAIMS
    assert fastjose.verify_token(token, SECRET, algorithms="HS256") == CLAIMS


def check_es256() -> None:
    """Verify a signature on a NIST curve."""
    assert b"http://example.com/is_root" in jws.verify(ES256_TOKEN, ES256_KEY, algorithms=["ES256"])


def check_fetched_keys() -> None:
    """Verify an EdDSA token with a key set that is fetched from loopback."""
    issuer = TokenIssuer()
    with serve_jwks(issuer) as server:
        verifier = fastjose.Verifier(fastjose.RemoteKeySet(server.url), issuer=issuer.url, audience=issuer.audience)
        assert verifier.verify(issuer.mint_token("user-1"))["sub"] == "user-1"


def check_fastapi() -> None:
    """Verify a token as an application that is configured by its environment."""
    os.environ["BETTER_AUTH_SECRET"] = SECRET
    from fastjose.auth import verify_token

    assert verify_token(fastjose.sign_token(CLAIMS, SECRET, algorithm="HS256")).sub == "user-1"


def check_templates() -> None:
    """Read the files that `fastjose init` writes, which are data of the package."""
    from fastjose._cli.init.templates import render_files

    files = render_files("backend", has_repository=True)
    assert {"auth.py", "config.py", "task_repository.py", ".env.example"} <= {path.name for path in files}


def main() -> None:
    """Make each check."""
    checks = (check_shared_secret, check_es256, check_fetched_keys, check_fastapi, check_templates)
    for check in checks:
        check()
    print(f"fastjose {fastjose.__version__}: {len(checks)} passed, 0 failed")


main()
