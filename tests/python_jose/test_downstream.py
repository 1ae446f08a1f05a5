"""PyPI libraries written for python-jose: each verifies its tokens equally on python-jose and on fastjose.

Every library has a driver in `downstream/drivers/`, which sends it valid and invalid tokens as its users would. The run
on python-jose checks the driver; the run through `install_as_jose` checks fastjose.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

import fastjose
from support.environment.requirements import skip_or_fail

ROOT = Path(__file__).parents[2]
DRIVERS = ROOT / "tests" / "python_jose" / "downstream"
PYTHON = ROOT / ".venv-downstream" / "bin" / "python"
PACKAGE = Path(fastjose.__file__).parent
ADA = {"sub": "ada"}

COGNITO = "CognitoJWTException"
NOT_VERIFIED = [401, {"detail": "Not verified"}]
UNAUTHORIZED = [401, {"detail": "Unauthorized"}]
# The library creates its answer to a rejected token and never returns it. This is the error that follows.
MICROSOFT = [401, "Invalid header error: Unable to find appropriate key"]
INVALID_SESSION = [401, {"detail": "Invalid JWT format"}]
SESSIONS = {
    "good": [200, ADA],
    "expired": [403, {"detail": "Token Expired"}],
    "wrong key": INVALID_SESSION,
    "changed ciphertext": INVALID_SESSION,
    "changed tag": INVALID_SESSION,
    "no JWE": INVALID_SESSION,
}

# The answer of each library to each token. An accepted token may have more claims than are listed here.
ANSWERS: dict[str, dict[str, list[Any]]] = {
    "cognitojwt": {
        "good": ["returned", ADA],
        "expired": [COGNITO, "Token is expired"],
        "wrong signature": [COGNITO, "Signature verification failed"],
        "wrong audience": [COGNITO, "Token was not issued for this client id audience"],
    },
    "fastapi_auth0": {
        "good": [200, ADA],
        "expired": [401, {"detail": "Expired token"}],
        "wrong signature": [401, {"detail": "Malformed token"}],
        "wrong audience": [401, {"detail": "Invalid token claims (wrong issuer or audience)"}],
    },
    "fastapi_azure_auth": {
        "good": [200, {**ADA, "tid": "tenant"}],
        "expired": [401, {"detail": "Token signature has expired"}],
        "wrong signature": [401, {"detail": "Unable to validate token"}],
        "wrong audience": [401, {"detail": "Token contains invalid claims"}],
        "missing nbf": [401, {"detail": "Unable to validate token"}],
    },
    "fastapi_cloudauth": {
        "good": [200, {"name": "Ada", "email": "ada@example.com"}],
        "expired": NOT_VERIFIED,
        "wrong signature": NOT_VERIFIED,
        "wrong audience": NOT_VERIFIED,
    },
    "fastapi_jwt": {
        "good": [200, {"name": "Ada", "id": "1"}],
        "expired": [401, {"detail": "Token time expired: Signature has expired."}],
        "expired within the leeway": [200, {"name": "Ada", "id": "2"}],
        "wrong signature": [401, {"detail": "Invalid token: Signature verification failed."}],
        "wrong audience": [401, {"detail": "Invalid token: Invalid audience"}],
    },
    "fastapi_keycloak": {
        "good": [200, {**ADA, "email_verified": True}],
        "expired": UNAUTHORIZED,
        "wrong signature": UNAUTHORIZED,
        "wrong audience": UNAUTHORIZED,
    },
    "fastapi_microsoft_identity": {
        "good": [200, {**ADA, "ver": "2.0"}],
        "expired": MICROSOFT,
        "wrong signature": MICROSOFT,
        "wrong audience": MICROSOFT,
    },
    "fastapi_nextauth_jwt": {
        f"{library}, {case}": answer for library in ("Auth.js", "NextAuth 4") for case, answer in SESSIONS.items()
    },
    "fastapi_oidc": {
        "good": [200, {**ADA, "email": "ada@example.com"}],
        "expired": [401, {"detail": "Unauthorized: Signature has expired."}],
        "wrong signature": [401, {"detail": "Unauthorized: Signature verification failed."}],
        "wrong audience": [401, {"detail": "Unauthorized: Invalid audience"}],
        "wrong issuer": [401, {"detail": "Unauthorized: Invalid issuer"}],
    },
    "fastapi_third_party_auth": {
        "good": [200, ADA],
        "expired": [401, {"detail": "Unauthorized: Signature has expired."}],
        "wrong signature": [401, {"detail": "Unauthorized: Signature verification failed."}],
        "wrong audience": [401, {"detail": "Unauthorized: Invalid audience"}],
        "several audiences": [
            401,
            {"detail": 'Unauthorized: Missing authorized party "azp" in IDToken when there are multiple audiences'},
        ],
    },
}


def run_downstream_driver(library: str, face: str, home: Path) -> Any:
    """Run the driver of `library` on `face` and return its results."""
    if not PYTHON.exists():
        skip_or_fail("the libraries that use python-jose are not installed: make .venv-downstream/ready")
    completed = subprocess.run(  # noqa: S603 - the tests' own programs
        [PYTHON, DRIVERS / "run_driver.py", "--as", face, f"drive_{library}"],
        env={"HOME": str(home)},  # without a proxy and without settings of a library
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not completed.returncode, completed.stderr
    return json.loads(completed.stdout)


def remove_further_claims(answer: list[Any], expected: list[Any]) -> list[Any]:
    """Return `answer` without the claims that an accepted token may have in addition."""
    kind, body = answer
    return [kind, {name: body.get(name) for name in expected[1]}] if kind in {200, "returned"} else answer


@pytest.mark.parametrize("face", ["jose", "fastjose"])
@pytest.mark.parametrize("library", ANSWERS)
def test_downstream_library_answers_equally_on_both_libraries(library: str, face: str, tmp_path: Path) -> None:
    found, expected = run_downstream_driver(library, face, tmp_path), ANSWERS[library]
    assert found["answers"].keys() == expected.keys()
    answers = {case: remove_further_claims(answer, expected[case]) for case, answer in found["answers"].items()}
    assert answers == expected
    assert len(found["modules"]) > 1
    for name, (real_name, file) in found["modules"].items():
        assert real_name == name.replace("jose.", f"{face}.", 1)
        assert Path(file).is_relative_to(PACKAGE) == (face == "fastjose")
