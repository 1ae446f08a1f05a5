"""Roles, scopes and permissions under the names that an application gives."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

import functools
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from fastjose._authorization.grants import build_grants
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth, CredentialAuth, CurrentUser, JwtCredentials, SessionTokens
from support.better_auth.sessions import SECRET, RecordedLookup, make_record, sign_session_token
from support.clients.http_client import HttpClient
from support.environment.hint_logs import forget_logged_hints
from support.tokens.bearer_tokens import BASE_URL, KEY_SET, make_api_token

pytestmark = pytest.mark.http

VERIFIER = api_verifier(BASE_URL, keys=KEY_SET)

URL = "https://api.example.com/roles"
ZITADEL = "urn:zitadel:iam:org:project:roles"
NOTHING: list[Any] = [False, None, 1, "yes", {}, [], 0]
NAMED: list[tuple[str, Any, dict[str, Any], bool]] = [
    ("roles", "realm_access.roles", {"realm_access": {"roles": ["user", "admin"]}}, True),  # Keycloak
    ("roles", "realm_access.roles", {"realm_access.roles": ["admin"]}, True),
    ("roles", "realm_access.roles", {"realm_access.roles": None, "realm_access": {"roles": "user, admin"}}, True),
    ("roles", "realm_access.roles", {"realm_access.roles": ["user"], "realm_access": {"roles": ["admin"]}}, False),
    ("roles", "resource_access.my.api.roles", {"resource_access": {"my.api": {"roles": ["admin"]}}}, True),
    ("roles", "resource_access.my.api.roles", {"resource_access": {"my.api": {}, "my": {"api.roles": "admin"}}}, True),
    ("roles", "realm_access.roles", {"roles": ["admin"], "role": "admin"}, False),
    ("roles", "realm_access.roles", {"realm_access": {"roles": None}}, False),
    ("roles", "realm_access.roles", {"realm_access": ["roles", "admin"]}, False),
    ("roles", "realm_access.roles", {"realm_access": "roles"}, False),
    ("roles", "realm_access.0", {"realm_access": ["admin"]}, False),
    ("roles", URL, {URL: ["admin"]}, True),  # Auth0
    ("roles", URL, {URL: "admin"}, True),
    ("roles", URL, {"https://api": {"example": {"com/roles": ["admin"]}}}, True),
    ("roles", "cognito:groups", {"cognito:groups": ["admin"]}, True),
    ("roles", ["org_role", "o.rol"], {"o": {"rol": "admin"}}, True),  # Clerk
    ("roles", ("org_role", "o.rol"), {"org_role": "admin"}, True),
    ("roles", ZITADEL, {ZITADEL: {"admin": {"1": "example.com"}}}, True),
    ("roles", ZITADEL, {ZITADEL: {"admin": ["1"]}}, True),
    ("roles", ZITADEL, {ZITADEL: {"admin": True}}, True),
    *[("roles", ZITADEL, {ZITADEL: {"admin": no}}, False) for no in NOTHING],
    ("roles", "roles", {"roles": [{"id": "1", "key": "admin", "name": "A"}]}, True),  # Kinde
    ("roles", "roles", {"roles": ["user", {"key": "admin"}]}, True),
    *[("roles", "roles", {"roles": [{"key": no}]}, False) for no in [*NOTHING, ["admin"], {"admin": True}, "Admin"]],
    ("roles", "roles", {"roles": [{"name": "admin"}, ["admin"], None]}, False),
    ("roles", "groups", {"groups": 1}, False),
    ("roles", "groups", {"groups": "user admin"}, False),
    ("scopes", "scp", {"scp": ["admin"]}, True),
    ("scopes", "perms.scopes", {"perms": {"scopes": "openid admin"}}, True),
    ("scopes", "perms", {"perms": "openid,admin"}, False),
    ("scopes", "scp", {"scope": "admin"}, False),
    ("permissions", "app_metadata.permissions", {"app_metadata": {"permissions": ["admin"]}}, True),
    ("permissions", "grants", {"grants": [{"key": "admin"}]}, True),
    ("permissions", "grants", {"grants": {"admin": True}}, True),
    ("permissions", "grants", {"grants": {"admin": ["read"]}}, False),
    ("permissions", "grants", {"permissions": ["admin"]}, False),
]
FUNCTIONS: list[tuple[Any, bool]] = [
    (lambda claims: claims["email"].partition("@")[0].replace("ada", "admin"), True),
    (lambda _: ["admin"], True),
    (lambda _: ("admin",), True),
    (lambda _: frozenset({"admin"}), True),
    (lambda _: {"admin": True}, True),
    (lambda _: [], False),
    (lambda _: None, False),
    (lambda _: True, False),
    (lambda _: b"admin", False),
    (lambda _: (name for name in ["admin"]), False),
    (lambda claims: claims["absent"], False),
    (lambda _: answer_later(), False),
]


async def answer_later() -> list[str]:
    return ["admin"]


class LaterAnswers:
    """An object whose call returns a coroutine."""

    async def __call__(self, claims: dict[str, Any]) -> list[str]:
        return [*claims, "admin"]


def build_app(auth: Any, kind: str) -> FastAPI:
    """Return an application with one route, which requires the role, scope or permission `admin`."""
    require = {"roles": auth.require_role, "scopes": auth.require_scope, "permissions": auth.require_permission}[kind]
    app = FastAPI()

    @app.get("/")
    async def route(user: Annotated[CurrentUser, Depends(require("admin"))]) -> str:
        return user.user_id

    return app


@pytest.mark.parametrize("kind_of_auth", [BearerAuth, CredentialAuth])
@pytest.mark.parametrize(("kind", "source", "claims", "is_granted"), NAMED)
def test_named_claims_grant_their_names_alone(
    kind_of_auth: Any,
    kind: str,
    source: Any,
    claims: dict[str, Any],
    is_granted: bool,  # noqa: FBT001 - a pytest parameter
) -> None:
    first = VERIFIER if kind_of_auth is BearerAuth else JwtCredentials(VERIFIER)
    with HttpClient(build_app(kind_of_auth(first, **{kind: source}), kind)) as client:
        response = client.get("/", make_api_token(**claims))
    assert response.status_code == (200 if is_granted else 403)
    challenge = 'Bearer error="insufficient_scope", scope="admin"' if kind == "scopes" and not is_granted else None
    assert response.headers.get("www-authenticate") == challenge


@pytest.mark.parametrize(("function", "is_granted"), FUNCTIONS)
def test_function_of_the_claims_grants_what_it_returns(
    function: Any,
    is_granted: bool,  # noqa: FBT001 - a pytest parameter
    caplog: pytest.LogCaptureFixture,
) -> None:
    for kind in ("roles", "scopes", "permissions"):
        with HttpClient(build_app(BearerAuth(VERIFIER, **{kind: function}), kind)) as client:
            response = client.get("/", make_api_token(role="admin", scope="admin", permissions=["admin"]))
        assert response.status_code == (200 if is_granted else 403)
    assert "ada" not in caplog.text
    assert "absent" not in caplog.text


@pytest.mark.parametrize(("result", "reported"), [(1, "returned an object of int"), (None, None)])
def test_function_that_fails_is_named_in_the_log(
    result: object, reported: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> object:
        raise LookupError("user-1")

    for function, line in ((lambda _: result, reported), (fail, "raised LookupError")):
        caplog.clear()
        forget_logged_hints()
        with HttpClient(build_app(BearerAuth(VERIFIER, roles=function), "roles")) as client:
            assert client.get("/", make_api_token()).status_code == 403
        expected = [] if line is None else [f"grants_failed: the function of roles {line}"]
        assert [record.getMessage() for record in caplog.records if record.name == "fastjose"] == expected


def test_function_that_changes_the_claims_changes_a_copy() -> None:
    def change(claims: dict[str, Any]) -> list[str]:
        claims["sub"] = "another"
        return ["admin"]

    with HttpClient(build_app(BearerAuth(VERIFIER, roles=change), "roles")) as client:
        assert client.get("/", make_api_token()).json() == "user-1"


@pytest.mark.parametrize("parameter", ["roles", "scopes", "permissions"])
@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        *(
            (wrong, TypeError, "must be the name of a claim, a list")
            for wrong in (1, b"a", {"a"}, {"a": 1}, [1], [["a"]])
        ),
        *((empty, ValueError, "must name at least one claim") for empty in ("", " ", [], (), ["a", ""])),
        *(
            (function, TypeError, "must be a plain function")
            for function in (answer_later, LaterAnswers(), functools.partial(answer_later))
        ),
    ],
)
def test_wrong_source_raises(parameter: str, source: Any, error: type[Exception], message: str) -> None:
    for create in (BearerAuth, lambda verifier, **options: CredentialAuth(JwtCredentials(verifier), **options)):
        with pytest.raises(error, match=f"{parameter} {message}"):
            create(VERIFIER, **{parameter: source})


def test_named_field_of_a_session_grants_although_clients_do_not_see_it() -> None:
    store = RecordedLookup(make_record(department={"role": "admin"}, scp="admin", role="admin"))
    sessions = SessionTokens(store, secrets=[SECRET])
    expected = {"roles": 200, "scopes": 403}
    for kind, status in expected.items():
        auth = CredentialAuth(sessions, roles="department.role")
        with HttpClient(build_app(auth, kind)) as client:
            assert client.get("/", sign_session_token()).status_code == status
    with HttpClient(build_app(CredentialAuth(sessions, roles="department.other"), "roles")) as client:
        assert client.get("/", sign_session_token()).status_code == 403


@pytest.mark.parametrize("kind", ["roles", "scopes", "permissions"])
def test_named_claims_are_known_by_their_whole_name_and_their_first_part(kind: str) -> None:
    assert build_grants(**{kind: "realm.roles"}).claim_names == {"realm.roles", "realm"}
    assert build_grants(**{kind: ["realm.roles", "groups"]}).claim_names == {"realm.roles", "realm", "groups"}
    assert build_grants(**{kind: lambda claims: claims["groups"]}).claim_names == frozenset()


def test_empty_names_are_not_granted() -> None:
    grants = build_grants(roles="named", scopes="named", permissions="named")
    for value in ({"": True, "admin": True}, ["", "admin"]):
        claims = {"named": value}
        for read in (grants.read_roles, grants.read_scopes, grants.read_permissions):
            assert read(claims) == {"admin"}
    assert grants.read_roles({"named": ",admin,, "}) == {"admin"}
    assert grants.read_scopes({"named": "  admin "}) == {"admin"}


def test_text_of_roles_or_scopes_is_separated_by_its_own_character() -> None:
    grants = build_grants(roles="named", scopes="named")
    assert grants.read_roles({"named": "user,admin x"}) == {"user", "admin x"}
    assert grants.read_scopes({"named": "user,admin x"}) == {"user,admin", "x"}


def test_text_of_permissions_is_separated_by_commas() -> None:
    assert build_grants(permissions="named").read_permissions({"named": "task:read, task:write"}) == {
        "task:read",
        "task:write",
    }
    assert build_grants().read_permissions({"permissions": {"task": "read,write"}}) == {"task:read", "task:write"}


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        (" admin ", {"admin"}),
        (" ", set()),
        (" , ", set()),
        ("Xadmin", {"Xadmin"}),
        ("adminX", {"adminX"}),
        ("XadminX, userX", {"XadminX", "userX"}),
        ("admin\t", {"admin\t"}),
        ("user,\u00a0admin\t", {"user", "\u00a0admin\t"}),
    ],
)
def test_names_of_a_text_lose_spaces_alone(role: str, roles: set[str]) -> None:
    assert build_grants().read_roles({"role": role}) == roles
