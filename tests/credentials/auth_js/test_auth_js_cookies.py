"""`AuthJsCookies`, with cookies that the real Auth.js and NextAuth.js write, and their own verdicts."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import json
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from fastjose import Verifier, sign_token
from fastjose._core import AuthJsCookieReader
from fastjose.auth_js import AuthJsCookies
from fastjose.fastapi import CookieAuth, CredentialAuth, CurrentUser, JwtCredentials
from fastjose.revocation import RevocationList
from support.clients.http_client import HttpClient
from support.processes.child_process import START_SECONDS
from support.processes.node_packages import require_node_with_packages

pytestmark = pytest.mark.http

NODE = Path(__file__).parent / "node"
SECRET = "a-secret-of-at-least-thirty-two-bytes"
OTHER_SECRET = "another-secret-of-at-least-thirty-two"
USER = {"id": "user-1", "name": "Ann", "email": "ann@example.com"}
BY_NAME = "by its own name"
FORMS: dict[str, dict[str, Any]] = {
    "5": {"action": "sign-in", "secure": False},
    "5 secure": {"action": "sign-in", "secure": True},
    "5 chunks": {"action": "sign-in", "secure": True, "claims": {"long": "x" * 6_000}},
    BY_NAME: {"action": "sign-in", "secure": False, "cookieName": "my.session"},
    "4": {"action": "write-4", "secure": False},
    "4 secure": {"action": "write-4", "secure": True},
    "4 chunks": {"action": "write-4", "secure": True, "claims": {"long": "x" * 6_000}},
}


def run_node(requests: list[dict[str, Any]]) -> list[Any]:
    """Return what the libraries answer."""
    node = require_node_with_packages(NODE, "Auth.js")
    completed = subprocess.run(  # noqa: S603 - a program of the tests
        [node, "cookies.mjs"], cwd=NODE, input=json.dumps(requests), capture_output=True, text=True,
        timeout=START_SECONDS, check=True,
    )  # fmt: skip
    answers: list[Any] = json.loads(completed.stdout)
    return answers


@cache
def written_cookies() -> dict[str, list[str]]:
    """Return the cookies of every form, and one that expired an hour ago of each version."""
    requests = {name: {**form, "secret": SECRET, "user": USER, "maxAge": 3_600} for name, form in FORMS.items()}
    requests |= {f"{name} expired": {**requests[name], "maxAge": -3_600} for name in ("5", "4")}
    requests |= {f"{name} other secret": {**requests[name], "secret": OTHER_SECRET} for name in ("5", "4")}
    return dict(zip(requests, run_node(list(requests.values())), strict=True))


def build_app(auth: CredentialAuth[Any]) -> FastAPI:
    app = FastAPI()

    @app.api_route("/me", methods=["GET", "POST"])
    async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
        return user

    @app.get("/admin")
    async def admin(user: Annotated[CurrentUser, Depends(auth.require_role("admin"))]) -> CurrentUser:
        return user

    return app


def send(app: FastAPI, method: str, path: str, headers: Any) -> Any:
    with HttpClient(app) as client:
        return client.request(method, path, headers=headers)


def app_of(name: str = "", **options: Any) -> FastAPI:
    cookie_name = FORMS[BY_NAME]["cookieName"] if name == BY_NAME else None
    return build_app(CookieAuth(AuthJsCookies([SECRET], cookie_name=cookie_name, **options)))


def get(app: FastAPI, *cookies: str, **headers: str) -> Any:
    return send(app, "GET", "/me", {"Cookie": "; ".join(cookies), **headers})


@pytest.mark.parametrize("name", FORMS)
def test_cookie_of_the_real_library_signs_in(name: str) -> None:
    response = get(app_of(name), "theme=dark", *written_cookies()[name])
    assert (response.status_code, response.json()) == (
        200,
        {"user_id": "user-1", "name": "Ann", "email": "ann@example.com"},
    )


@pytest.mark.parametrize("name", FORMS)
def test_every_changed_part_is_rejected(name: str) -> None:
    app, cookies = app_of(name), written_cookies()[name]
    assert get(app, *cookies).status_code == 200
    first, *rest = cookies
    key, _, value = first.partition("=")
    middle = len(value) * 2 // 3
    changed = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
    for bad in (changed, value[:-1] if not rest else value[:-3], value + "A", value.replace(".", "", 1)):
        assert get(app, f"{key}={bad}", *rest).status_code == 401
    if rest:
        assert get(app, first).status_code == 401
        assert get(app, *rest).status_code == 401
        assert get(app, *cookies, cookies[-1]).status_code == 401
    assert get(app, *cookies, first).status_code == 401, "two cookies of one name"
    assert get(app).json() == {"detail": "Not authenticated"}


@pytest.mark.parametrize("version", ["5", "4"])
def test_expired_cookie_and_other_secret_are_rejected(version: str) -> None:
    cookies = written_cookies()
    expired = get(app_of(), *cookies[f"{version} expired"])
    assert (expired.status_code, expired.json()) == (401, {"detail": "Token has expired"})
    assert get(app_of(), *cookies[f"{version} other secret"]).status_code == 401
    both = build_app(CookieAuth(AuthJsCookies([OTHER_SECRET, SECRET])))
    assert get(both, *cookies[version]).status_code == 200
    assert get(both, *cookies[f"{version} other secret"]).status_code == 200


@pytest.mark.parametrize("version", [5, 4])
def test_verdicts_are_those_of_the_library(version: int) -> None:
    """A name is the salt of version 5: the cookie under another name, or of the other version, is not accepted."""
    written = written_cookies()
    plain, secure = written[f"{version}"], written[f"{version} secure"]
    other = written["4" if version == 5 else "5"]
    name = plain[0].partition("=")[0]
    renamed = [f"__Secure-{plain[0]}"]
    candidates = [(plain, False), (secure, True), (renamed, True), ([f"{name}={other[0].partition('=')[2]}"], False)]
    requests = [
        {"action": "read", "version": version, "secret": SECRET, "secure": is_secure, "cookies": cookies}
        for cookies, is_secure in candidates
    ]
    upstream = [answer is not None for answer in run_node(requests)]
    assert [get(app_of(), *cookies).status_code == 200 for cookies, _ in candidates] == upstream
    assert upstream == [True, True, version == 4, False]


CLAIMS_OF_PROVIDERS: list[dict[str, Any]] = [
    {"aud": "my-google-client-id"},
    {"aud": ["a", "b"]},
    {"aud": None},
    {"aud": 5},
    {"iss": "https://accounts.google.com"},
    {"iss": None},
    {"iss": 5},
    {"azp": "my-google-client-id", "at_hash": "x", "nonce": "x", "auth_time": 1},
    {"cnf": {"jkt": "x"}},
    {"nbf": 1},
    {"nbf": 99_999_999_999},
    {"nbf": "1"},
]


@pytest.mark.parametrize("version", [5, 4])
def test_claims_of_the_provider_are_judged_as_by_the_library(version: int) -> None:
    """`callbacks.jwt: ({token, profile}) => ({...token, ...profile})` puts those of the ID token into the cookie."""
    form = {**FORMS[f"{version}"], "secret": SECRET, "user": USER, "maxAge": 3_600}
    written = run_node([{**form, "claims": claims} for claims in CLAIMS_OF_PROVIDERS])
    common = {"action": "read", "version": version, "secret": SECRET, "secure": False}
    upstream = [answer is not None for answer in run_node([{**common, "cookies": cookies} for cookies in written])]
    assert [get(app_of(), *cookies).status_code == 200 for cookies in written] == upstream
    assert upstream == [True] * 10 + [False] * 2


@pytest.mark.parametrize(
    "value",
    [
        "a", "....", ".", "a.b.c", "a.b.c.d.e", "e30....", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....",
        "A" * 60_000, "A" * 70_000, "." * 60_000, "\u00e9", "%00", "\x01", '"', "eyJhbGciOiJub25lIn0.e30.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["authjs.session-token", "__Secure-next-auth.session-token", "authjs.session-token.0"])
def test_hostile_values_are_rejected(name: str, value: str) -> None:
    response = send(app_of(), "GET", "/me", [("Cookie", f"{name}={value}".encode("latin-1"))])
    assert response.status_code == 401
    assert value[:8] not in response.text or len(value) < 5


def test_secure_name_counts_before_the_plain_one() -> None:
    """Another host of the domain can set the plain cookie over http."""
    written = written_cookies()
    secure = written["5 secure"]
    assert get(app_of(), "authjs.session-token=forged", *secure).status_code == 200
    assert get(app_of(), "__Secure-authjs.session-token=forged", *written["5"]).status_code == 401


def test_page_of_another_origin_is_refused() -> None:
    app, cookies = app_of(trusted_origins=["https://app.example.com"]), written_cookies()["5"]
    for origin, status in (("https://app.example.com", 200), ("https://evil.example", 403), ("null", 403), (None, 200)):
        headers = {"Cookie": "; ".join(cookies)} | ({} if origin is None else {"Origin": origin})
        assert send(app, "POST", "/me", headers).status_code == status, origin
    assert send(app, "POST", "/me", {"Cookie": "authjs.session-token=x", "Origin": "null"}).status_code == 403


def test_bearer_token_decides_and_roles_are_those_of_the_claims() -> None:
    verifier = Verifier(SECRET, algorithms=["HS256"])
    auth = CredentialAuth(JwtCredentials(verifier), AuthJsCookies([SECRET]))
    app, cookies = build_app(auth), written_cookies()["5"]
    token = sign_token({"sub": "other", "exp": time.time() + 600}, SECRET, algorithm="HS256")
    assert get(app, *cookies, Authorization=f"Bearer {token}").json()["user_id"] == "other"
    assert get(app, *cookies, Authorization="Bearer x").status_code == 401
    assert send(app, "GET", "/admin", {"Cookie": cookies[0]}).status_code == 403
    role = {**FORMS["5"], "secret": SECRET, "user": USER, "maxAge": 600, "claims": {"role": "admin"}}
    [admin] = run_node([role])
    assert send(app, "GET", "/admin", {"Cookie": admin[0]}).status_code == 200
    [without_subject] = run_node([{**role, "action": "write-4", "user": {"name": "Ann"}}])
    assert get(app, *without_subject).json() == {"detail": "Could not validate credentials"}


@pytest.mark.parametrize("version", ["5", "4"])
def test_revoked_cookie_is_rejected(version: str) -> None:
    cookies = written_cookies()[version]
    claims = AuthJsCookieReader([SECRET]).read(["; ".join(cookies).encode()])
    assert claims is not None
    revokes: list[Any] = [
        lambda revocations: revocations.revoke_token(claims["jti"]),
        lambda revocations: revocations.revoke_user("user-1", at=claims["iat"]),
    ]
    for revoke in revokes:
        revocations = RevocationList()
        app = app_of(revocations=revocations)
        revocations.revoke_user("user-1", at=claims["iat"] - 1)
        assert get(app, *cookies).status_code == 200
        revoke(revocations)
        response = get(app, *cookies)
        assert (response.status_code, response.json()) == (401, {"detail": "Invalid token: Token has been revoked"})


def test_session_id_of_the_application_survives_the_renewal_of_a_cookie() -> None:
    """Auth.js writes the cookie again at each request for the session, with another `jti` and `iat`."""
    request = {**FORMS["5"], "secret": SECRET, "user": USER, "maxAge": 3_600, "claims": {"sid": "session-1"}}
    [first] = run_node([request])
    [renewed] = run_node([{**request, "action": "renew", "cookies": first}])
    reader = AuthJsCookieReader([SECRET])
    before, after = reader.read([first[0].encode()]), reader.read([renewed[0].encode()])
    assert before is not None
    assert after is not None
    revocations = RevocationList()
    app = app_of(revocations=revocations)
    revocations.revoke_token(before["jti"])
    assert [get(app, *first).status_code, get(app, *renewed).status_code] == [401, 200]
    revocations.revoke_session("session-1")
    assert [get(app, *first).status_code, get(app, *renewed).status_code] == [401, 401]


def test_list_that_is_not_synchronised_is_a_503() -> None:
    revocations = RevocationList(policy="closed")
    response = get(app_of(revocations=revocations), *written_cookies()["5"])
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")


def test_arguments_are_checked() -> None:
    wrong: Any = SECRET
    with pytest.raises(TypeError, match="secrets must be a list of secrets"):
        AuthJsCookies(wrong)
    with pytest.raises(ValueError, match=r"secrets must have the secret of Auth\.js"):
        AuthJsCookieReader([])
    with pytest.raises(ValueError, match="secrets must not contain an empty str"):
        AuthJsCookieReader([SECRET, ""])
    with pytest.raises(ValueError, match="cookie_name must be a cookie name"):
        AuthJsCookies([SECRET], cookie_name="a b")
    with pytest.raises(TypeError, match="revocations must be a RevocationList"):
        AuthJsCookies([SECRET], revocations=wrong)
    assert AuthJsCookies([SECRET], revocations=RevocationList(), leeway_seconds=300)
    with pytest.raises(ValueError, match="leeway_seconds must be at most 300 with revocations"):
        AuthJsCookies([SECRET], revocations=RevocationList(), leeway_seconds=301)
    assert SECRET not in repr(AuthJsCookies([SECRET])) + repr(AuthJsCookieReader([SECRET]))
