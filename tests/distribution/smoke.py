"""A smoke test of an installed wheel with only the extra `fastapi`, run as a script."""

import os
import time

import fastjose

SECRET = "a-secret-that-is-made-for-this-smoke-test"
CLAIMS = {"sub": "user-1", "exp": int(time.time()) + 60}


def main() -> None:
    """Verify a token with every API that needs no server."""
    token = fastjose.sign_token(CLAIMS, SECRET, algorithm="HS256")
    assert fastjose.Verifier(SECRET, algorithms=["HS256"]).verify(token) == CLAIMS
    assert fastjose.verify_token(token, SECRET, algorithms="HS256") == CLAIMS
    os.environ["BETTER_AUTH_SECRET"] = SECRET
    from fastjose.auth import verify_token

    assert verify_token(token).sub == "user-1"
    print(f"fastjose {fastjose.__version__}: 3 passed, 0 failed")


main()
