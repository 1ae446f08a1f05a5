"""Projects that use PyJWT, changed by `fastjose.migrate`: they run, and accept no token that they rejected before."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from fastjose import JWKSetUnavailableError
from fastjose._core import sign
from fastjose.migrate import main
from fastjose.testing import TokenIssuer, serve_jwks
from support.clients.http_client import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastjose.testing import JwksServer

    Verify = Callable[[str], dict[str, Any]]

PROJECTS = Path(__file__).with_name("projects")
JWKS_URL = "https://auth.example.com/jwks"
SECRET = "the-secret-of-the-project-from-its-settings"


def at(seconds: float) -> Callable[[int], float]:
    """Return a time relative to the time at which a token is signed."""
    return lambda now: now + seconds


def text_at(seconds: int) -> Callable[[int], str]:
    """Return a time as digits, relative to the time at which a token is signed."""
    return lambda now: str(now + seconds)


AUDIENCES = {"auth0": "https://api.example.com", "clerk": "any", "supabase": "authenticated", "cognito": ...}
BASE: dict[str, Any] = {
    "sub": "user-1",
    "iss": "https://auth.example.com/",
    "iat": at(-5),
    "nbf": at(-5),
    "exp": at(300),
    "azp": "https://app.example.com",
    "client_id": "web",
    "token_use": "access",
}

CASES: dict[str, dict[str, Any]] = {
    "valid": {},
    "audience in a list": {"aud": ["other", "authenticated", "https://api.example.com"]},
    "other audience": {"aud": "other"},
    "no audience": {"aud": ...},
    "empty audience": {"aud": ""},
    "empty list of audiences": {"aud": []},
    "null audience": {"aud": None},
    "number as audience": {"aud": 5},
    "number among audiences": {"aud": ["authenticated", "https://api.example.com", 5]},
    "other issuer": {"iss": "https://other.example.com/"},
    "second issuer": {"iss": "https://old.example.com/"},
    "issuer without slash": {"iss": "https://auth.example.com"},
    "no issuer": {"iss": ...},
    "null issuer": {"iss": None},
    "list of issuers": {"iss": ["https://auth.example.com/"]},
    "expired": {"exp": at(-60)},
    "just expired": {"exp": at(-7)},
    "no expiry": {"exp": ...},
    "null expiry": {"exp": None},
    "text as expiry": {"exp": "soon"},
    "digits as expiry": {"exp": text_at(300)},
    "expiry of a boolean": {"exp": True},
    "expiry with a fraction": {"exp": at(300.5)},
    "not yet valid": {"nbf": at(3600)},
    "almost valid": {"nbf": at(4)},
    "no nbf": {"nbf": ...},
    "null nbf": {"nbf": None},
    "digits as nbf": {"nbf": text_at(-5)},
    "issued in the future": {"iat": at(3600)},
    "issued almost now": {"iat": at(4)},
    "no iat": {"iat": ...},
    "null iat": {"iat": None},
    "text as iat": {"iat": "now"},
    "digits as iat": {"iat": text_at(-5)},
    "boolean as iat": {"iat": True},
    "no subject": {"sub": ...},
    "number as subject": {"sub": 1},
    "null subject": {"sub": None},
    "number as jti": {"jti": 1},
    "other party": {"azp": "https://other.example.com"},
    "other client": {"client_id": "other"},
    "null client": {"client_id": None},
    "ID token": {"token_use": "id"},
    "at_hash": {"at_hash": "x"},
}
HEADERS: dict[str, dict[str, Any]] = {
    "number as kid": {"kid": 5},
    "null kid": {"kid": None},
    "unknown kid": {"kid": "unknown"},
    "no kid": {"kid": ...},
    "unknown extension": {"crit": ["x"], "x": 1},
    "empty crit": {"crit": []},
    "number as typ": {"typ": 5},
    "typ of an access token": {"typ": "at+jwt"},
}

REJECTED_ONLY_AFTER = {
    "empty audience": "an aud must name someone",
    "null audience": "the type of a claim is checked, also where it is not compared",
    "number as audience": "the type of a claim is checked, also where it is not compared",
    "number among audiences": "the type of a claim is checked, also where it is not compared",
    "null issuer": "the type of a claim is checked, also where it is not compared",
    "list of issuers": "the type of a claim is checked, also where it is not compared",
    "digits as expiry": "a time is a number (RFC 7519 §2)",
    "digits as nbf": "a time is a number (RFC 7519 §2)",
    "digits as iat": "a time is a number (RFC 7519 §2)",
    "boolean as iat": "a time is a number (RFC 7519 §2)",
    "number as typ": "typ is a string (RFC 7515 §4.1.9)",
    "padding": "a second spelling of a token would pass a list of revocations",
}
"""The tokens that PyJWT accepts in some project and fastjose does not, with the reason. The page lists them."""

ACCEPTED_ONLY_AFTER = {"no kid": "a key of the set verifies its signature; PyJWKClient requires a kid to find the key"}
"""The tokens that `PyJWKClient` rejects before their signature is verified, and fastjose verifies."""


@pytest.fixture(scope="module")
def server() -> Iterator[JwksServer]:
    with serve_jwks(TokenIssuer("https://auth.example.com/", algorithm="RS256")) as running:
        yield running


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory, server: JwksServer) -> dict[str, Project]:
    return {name: Project(name, tmp_path_factory.mktemp(name), server) for name in AUDIENCES}


@pytest.fixture(params=AUDIENCES)
def project(request: pytest.FixtureRequest, projects: dict[str, Project]) -> Project:
    return projects[request.param]


class Project:
    """A project, before and after its migration."""

    def __init__(self, name: str, folder: Path, server: JwksServer) -> None:
        self.name, self.server = name, server
        before = (PROJECTS / f"{name}.py").read_text(encoding="utf-8").replace(JWKS_URL, server.url)
        file = folder / f"{name}.py"
        file.write_text(before, encoding="utf-8")
        assert main([str(file)]) == 0
        self.after = file.read_text(encoding="utf-8")
        self.functions: dict[str, Verify] = {"PyJWT": run(before), "fastjose": run(self.after)}

    def sign(self, changes: dict[str, Any], header: dict[str, Any]) -> str:
        """Return a token with changes of its claims and its header. `...` omits a member."""
        claims = {**BASE, "aud": AUDIENCES[self.name], **changes}
        claims = {name: value(int(time.time())) if callable(value) else value for name, value in claims.items()}
        algorithm = "HS256" if self.name == "supabase" else "RS256"
        key: Any = SECRET if self.name == "supabase" else self.server.issuer._keys[-1].private
        kid = self.server.issuer.jwk_set["keys"][-1]["kid"]
        return sign(encode({"alg": algorithm, "kid": kid, **header}), encode(claims), key, algorithm)

    def verdicts(self, token: str) -> list[bool]:
        """Return whether the token is accepted, before and after."""
        return [is_accepted(verify, token) for verify in self.functions.values()]


def run(code: str) -> Verify:
    names: dict[str, Any] = {"__name__": "project"}
    exec(compile(code, "project.py", "exec"), names)  # noqa: S102 - trusted code
    create: Any = names["create_verify"]
    verify: Verify = create()
    return verify


def encode(members: dict[str, Any]) -> bytes:
    return json.dumps({name: value for name, value in members.items() if value is not ...}).encode()


def is_accepted(verify: Verify, token: str) -> bool:
    try:
        verify(token)
    except Exception:  # noqa: BLE001 - PyJWT, fastjose and the projects have no common class
        return False
    return True


def find_differences(project: Project) -> tuple[set[str], set[str]]:
    """Return the names of the tokens that only PyJWT accepts, and of those that only fastjose accepts."""
    tokens = {
        **{case: project.sign(changes, {}) for case, changes in CASES.items()},
        **{case: project.sign({}, header) for case, header in HEADERS.items()},
    }
    token = tokens["valid"]
    tokens["padding"] = f"{token}{'=' * (-len(token.rpartition('.')[2]) % 4)}"
    verdicts = {case: project.verdicts(each) for case, each in tokens.items()}
    only_before = {case for case, verdict in verdicts.items() if verdict == [True, False]}
    return only_before, {case for case, verdict in verdicts.items() if verdict == [False, True]}


def test_changed_project_accepts_no_token_that_pyjwt_rejects(project: Project) -> None:
    only_before, only_after = find_differences(project)
    assert only_after == (set() if project.name == "supabase" else {*ACCEPTED_ONLY_AFTER})
    assert only_before <= REJECTED_ONLY_AFTER.keys()


def test_each_known_difference_occurs_in_a_project(projects: dict[str, Project]) -> None:
    differences = [find_differences(project) for project in projects.values()]
    assert set().union(*(only_before for only_before, _ in differences)) == REJECTED_ONLY_AFTER.keys()


def test_each_project_accepts_a_token_and_has_no_trace_of_pyjwt(project: Project) -> None:
    assert project.verdicts(project.sign({}, {})) == [True, True]
    assert "jwt" not in project.after.replace("JWT_SECRET", "").replace("import jwt", "jwt").split()


def test_changed_project_rejects_forgeries(project: Project) -> None:
    token = project.sign({}, {})
    header, payload, signature = token.split(".")
    other = project.sign({"sub": "admin"}, {}).split(".")
    forged = {
        "garbage": "garbage",
        "empty": "",
        "two segments": f"{header}.{payload}",
        "no signature": f"{header}.{payload}.",
        "other payload": f"{header}.{other[1]}.{signature}",
        "other signature": f"{header}.{payload}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "line feed": f"{token}\n",
        "none": f"{to_base64url(encode({'alg': 'none'}))}.{payload}.",
        "public key as secret": sign_with_public_key(project.server),
        "other algorithm": jwt.encode({"sub": "user-1"}, "x" * 64, algorithm="HS512"),
    }
    for case, each in forged.items():
        assert project.verdicts(each) == [False, False], case


def to_base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def sign_with_public_key(server: JwksServer) -> str:
    """Return a token that is signed with HMAC by the public key, as an attacker would."""
    key = server.issuer.jwk_set["keys"][0]
    text = f"{to_base64url(encode({'alg': 'HS256', 'kid': key['kid']}))}.{to_base64url(encode({'sub': 'admin'}))}"
    return f"{text}.{to_base64url(hmac.digest(json.dumps(key).encode(), text.encode(), hashlib.sha256))}"


def test_rotated_key_is_found_as_before(tmp_path: Path) -> None:
    with serve_jwks(TokenIssuer("https://auth.example.com/", algorithm="RS256")) as server:
        project = Project("clerk", tmp_path, server)
        assert project.verdicts(project.sign({}, {}))[1]
        server.issuer.rotate_key(keep_old=False)
        assert project.verdicts(project.sign({}, {}))[1]


def test_unreachable_keys_are_an_error_and_accept_nothing(tmp_path: Path, server: JwksServer) -> None:
    project = Project("cognito", tmp_path, server)
    token = project.sign({}, {})
    code = project.after.replace(server.url, "http://127.0.0.1:9/jwks")
    with pytest.raises(JWKSetUnavailableError):
        run(code)(token)


def test_tutorial_of_fastapi_runs_after_the_change(tmp_path: Path) -> None:  # not http: pwdlib is not in each venv
    shutil.copy(PROJECTS / "tutorial.py", tmp_path)
    assert main([str(tmp_path / "tutorial.py")]) == 0
    after = (tmp_path / "tutorial.py").read_text(encoding="utf-8")
    codes = {"PyJWT": (PROJECTS / "tutorial.py").read_text(encoding="utf-8"), "fastjose": after}
    applications = {name: run_application(code) for name, code in codes.items()}
    answers = {name: answer_requests(names) for name, names in applications.items()}
    assert answers["fastjose"] == answers["PyJWT"] == [200, "ada", 401, 401, 401, 401, 401, 400, 401]


def run_application(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "tutorial"}
    exec(compile(code, "tutorial.py", "exec", dont_inherit=True), names)  # noqa: S102 - trusted code
    return names


def answer_requests(names: dict[str, Any]) -> list[Any]:
    """Return what the application answers: to a sign-in, to its token, and to what it must refuse."""
    sign_in = {"username": "ada", "password": "correct horse"}
    with HttpClient(names["app"]) as client:
        response = client.post("/token", data=sign_in)
        token = response.json()["access_token"]
        disabled = client.post("/token", data={"username": "bob", "password": "battery staple"}).json()["access_token"]
        secret = names["SECRET_KEY"]
        refused = [
            jwt.encode({"sub": "ada", "exp": int(time.time()) - 60}, secret, algorithm="HS256"),
            jwt.encode({"sub": "ada"}, "another secret of at least 32 octets", algorithm="HS256"),
            jwt.encode({"sub": "eve"}, secret, algorithm="HS256"),
            "garbage",
            None,
        ]
        return [
            response.status_code,
            client.get("/users/me", token).json()["username"],
            *(client.get("/users/me", each).status_code for each in refused),
            client.get("/users/me", disabled).status_code,
            client.post("/token", data={**sign_in, "password": "wrong"}).status_code,
        ]
