"""What the page promises of one application and one form of tokens, and which promises it breaks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from support.providers.minting import alter_signature, mint, remove_signature

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from support.clients.http_client import HttpClient
    from support.providers.forms import TokenForm
    from support.providers.loopback_issuer import LoopbackIssuer


class Expectations:
    """Requests with tokens of a form, and the responses that they must have."""

    def __init__(self, client: HttpClient, form: TokenForm, issuer: LoopbackIssuer) -> None:
        """Take a client of the application that a block of the page configures."""
        self._client = client
        self._form = form
        self._issuer = issuer

    def find_failures(self) -> Iterator[str]:
        """Yield what differs from the page."""
        yield from self._check_response("without a token", self._client.get("/me"), 401)
        yield from self._check_accepted_tokens()
        yield from self._check_grants()
        yield from self._check_rejected_tokens()
        yield from self._check_origins()

    def _check_accepted_tokens(self) -> Iterator[str]:
        accepts = self._form.user_id is not None
        for what, changes in {"as it is": {}, **self._form.accepted}.items():
            response = self._get("/me", self._mint(changes))
            yield from self._check_response(what, response, 200 if accepts else 401)
            if response.status_code == 200 and not changes and response.json()["user_id"] != self._form.user_id:
                yield f"the user is {response.json()}"

    def _check_grants(self) -> Iterator[str]:
        token = self._mint()
        not_granted = 401 if self._form.user_id is None else 403
        for kind, names in self._form.grants.items():
            for number, name in enumerate(["not granted", *names]):
                response = self._get(f"/{kind}/{number}", token)
                yield from self._check_response(f"{kind} {name}", response, 200 if number else not_granted)

    def _check_rejected_tokens(self) -> Iterator[str]:
        form = self._form
        tokens = {what: self._mint(changes) for what, changes in form.changes_to_reject(int(time.time())).items()}
        tokens |= {what: self._mint(header_changes=changes) for what, changes in form.rejected_headers.items()}
        tokens["altered signature"] = alter_signature(self._mint())
        tokens["no signature"] = remove_signature(self._mint())
        tokens["key of another"] = self._mint(owner="attacker")
        for what, token in tokens.items():
            yield from self._check_response(what, self._get("/me", token), 401)

    def _check_origins(self) -> Iterator[str]:
        if self._form.page_origin is None:
            return
        cookie = f"{self._form.place[1]}={self._mint()}"
        for origin, status in ((self._form.page_origin, 200), ("https://evil.example.net", 403)):
            headers = {"Cookie": cookie, "Origin": self._issuer.localize(origin)}
            response = self._client.request("POST", "/me", headers=headers)
            yield from self._check_response(f"from {origin}", response, status)

    def _mint(self, changes: Mapping[str, Any] | None = None, **options: Any) -> str:
        return mint(self._form, self._issuer.localize, changes, **options)

    def _get(self, path: str, token: str) -> httpx.Response:
        kind, name = self._form.place
        if kind == "cookie":
            return self._client.request("GET", path, headers={"Cookie": f"{name}={token}"})
        value = f"Bearer {token}" if name == "Authorization" else token
        return self._client.request("GET", path, headers={name: value})

    def _check_response(self, what: str, response: httpx.Response, status: int) -> Iterator[str]:
        if response.status_code != status:
            yield f"{what}: {response.status_code} instead of {status}: {response.text}"
