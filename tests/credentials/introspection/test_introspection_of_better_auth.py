"""`RemoteIntrospection` at a real Better Auth with `oauthProvider()`: who may introspect what, and revocation."""

# No `annotations` import, because FastAPI evaluates the annotations here, which name local variables.

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from fastjose.fastapi import CredentialAuth, CurrentUser, OpaqueTokens
from fastjose.introspection import RemoteIntrospection
from support.better_auth.oauth_server import OWNER, PASSWORD, OAuthBrowser, OAuthClient, run_better_auth_oauth_server
from support.better_auth.server import BetterAuth
from support.clients.http_client import HttpClient
from support.servers.introspection_server import fail, introspect, reject


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BetterAuth, OAuthClient]]:
    log = tmp_path_factory.mktemp("better-auth") / "server.log"
    with run_better_auth_oauth_server("jwks-cookie", log) as provider:
        yield provider


class SignedIn:
    """A user who is signed in, and the tokens that the user's OAuth client received."""

    def __init__(self, browser: OAuthBrowser, client: OAuthClient) -> None:
        self.browser = browser
        self.user_id = browser.sign_in(OWNER, PASSWORD).json()["user"]["id"]
        tokens = browser.authorize(client, with_resource=False, more_scopes="offline_access")
        self.opaque, self.refresh = tokens["access_token"], tokens["refresh_token"]
        self.jwt = browser.authorize(client, with_resource=True)["access_token"]


@pytest.fixture
def signed_in(provider: tuple[BetterAuth, OAuthClient]) -> Iterator[SignedIn]:
    server, client = provider
    with OAuthBrowser(server) as browser:
        yield SignedIn(browser, client)


def endpoint(server: BetterAuth, client: tuple[str, str], **options: Any) -> RemoteIntrospection:
    client_id, secret = client
    return RemoteIntrospection(
        f"{server.base_url}/oauth2/introspect", client_id=client_id, client_secret=secret, timeout_seconds=60, **options
    )


def own_endpoint(server: BetterAuth, client: OAuthClient, **options: Any) -> RemoteIntrospection:
    """Return the endpoint for the client that requested the tokens."""
    defaults = {"auth_method": "client_secret_post", "accepted_client_id": client.client_id}
    return endpoint(server, (client.client_id, client.secret), **{**defaults, **options})


def linked_endpoint(server: BetterAuth, client: OAuthClient, **options: Any) -> RemoteIntrospection:
    """Return the endpoint for the API to which the resource is linked."""
    defaults = {"issuer": server.base_url, "audience": client.resource}
    return endpoint(server, client.linked_api, **{**defaults, **options})


def test_opaque_token_is_active_for_its_own_client(
    provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn
) -> None:
    server, client = provider
    claims = introspect(own_endpoint(server, client, issuer=server.base_url, required=["exp", "sid"]), signed_in.opaque)
    assert claims["sub"] == signed_in.user_id
    assert claims["client_id"] == claims["azp"] == client.client_id
    assert claims["scope"].split() == ["openid", "profile", "email", "tasks:read", "offline_access"]
    assert claims["token_type"] == "Bearer"
    assert "aud" not in claims


def test_opaque_token_is_inactive_for_another_client(
    provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn
) -> None:
    server, client = provider
    for api in (client.linked_api, client.other_api):
        assert reject(endpoint(server, api, check_audience=False), signed_in.opaque).code == "inactive_token"


def test_jwt_is_active_for_the_clients_of_its_resource(
    provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn
) -> None:
    server, client = provider
    assert introspect(linked_endpoint(server, client), signed_in.jwt)["sub"] == signed_in.user_id
    userinfo = f"{server.base_url}/oauth2/userinfo"
    exact = {"audience": [client.resource, userinfo], "audience_exact": True}
    assert introspect(linked_endpoint(server, client, **exact), signed_in.jwt)["aud"] == [client.resource, userinfo]
    other = endpoint(server, client.other_api, audience=client.resource)
    assert reject(other, signed_in.jwt).code == "inactive_token"


def test_refresh_token_is_not_an_access_token(provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn) -> None:
    server, client = provider
    assert reject(own_endpoint(server, client), signed_in.refresh).code == "inactive_token"


def test_wrong_credentials_of_the_client_are_no_verdict(
    provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn
) -> None:
    server, client = provider
    wrong = [
        own_endpoint(server, client, auth_method="client_secret_basic"),
        endpoint(server, client.linked_api, auth_method="client_secret_post", check_audience=False),
        endpoint(server, (client.linked_api[0], "wrong"), check_audience=False),
        endpoint(server, ("unknown", client.linked_api[1]), check_audience=False),
    ]
    for introspection in wrong:
        assert "check client_id and client_secret" in str(reject(introspection, signed_in.opaque))
    wrong_path = f"{server.base_url}/introspect"
    introspection = RemoteIntrospection(wrong_path, client_id="a", client_secret="b", check_audience=False)
    assert "status 404" in str(fail(introspection))


def test_sign_out_ends_opaque_tokens_and_introspected_jwts_at_once(
    provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn
) -> None:
    server, client = provider
    own, linked = own_endpoint(server, client), linked_endpoint(server, client)
    introspect(own, signed_in.opaque)
    introspect(linked, signed_in.jwt)
    signed_in.browser.sign_out()
    assert reject(own, signed_in.opaque).code == "inactive_token"
    assert reject(linked, signed_in.jwt).code == "inactive_token"


@pytest.mark.http
@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_application_accepts_the_token_until_the_user_signs_out(
    provider: tuple[BetterAuth, OAuthClient], signed_in: SignedIn, kind: str
) -> None:
    server, client = provider
    introspection = own_endpoint(server, client) if kind == "opaque" else linked_endpoint(server, client)
    auth = CredentialAuth(OpaqueTokens(introspection, introspect_jwts=kind == "jwt"))
    app = FastAPI()

    @app.get("/tasks")
    async def tasks(user: Annotated[CurrentUser, Depends(auth.require_scope("tasks:read"))]) -> CurrentUser:
        return user

    with HttpClient(app) as http:
        token = getattr(signed_in, kind)
        assert http.get("/tasks", token).json()["user_id"] == signed_in.user_id
        assert http.get("/tasks", "a" * 32).status_code == 401
        signed_in.browser.sign_out()
        response = http.get("/tasks", token)
        assert (response.status_code, response.json()["detail"]) == (401, "Invalid token: The token is not active")
