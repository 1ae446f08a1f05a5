"""Comparisons of requests that are answered in this process."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import benches.targets as t
from benches.comparisons.interleaved_timer import CallableCandidate
from benches.machine.cpu_pin import pin_to_one_core
from benches.support.asgi_requests import REQUESTS_PER_CALL, request_batch
from benches.support.auth_apps import REQUEST_CANDIDATES, candidate_requests
from benches.support.fixtures import KID, ORIGIN, create_token
from benches.support.route_apps import (
    OTHER_ISSUER,
    USER_PATH,
    create_bearer_auth,
    create_one_issuer_app,
    create_remote_verifier,
    create_role_app,
    create_two_issuers_app,
    create_user_app,
    warm_request_batch,
)
from fastjose.fastapi import BearerAuth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benches.comparisons.timed_comparison import Candidates


@contextlib.contextmanager
def compare_requests(path: str) -> Iterator[Candidates]:
    """Answer requests in this process."""
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        calls = {name: stack.enter_context(candidate_requests(name, path)) for name in REQUEST_CANDIDATES}
        yield {name: CallableCandidate(call, REQUESTS_PER_CALL) for name, call in calls.items()}


@contextlib.contextmanager
def compare_requests_in_role_app() -> Iterator[Candidates]:
    """Answer requests for the user, in an application that also uses roles and claims, and in one that does not.

    A difference means that the use of roles in one route makes the other routes slower.
    """
    apps = {t.WITH_ROLES: create_role_app(create_bearer_auth()), t.WITHOUT_ROLES: create_user_app(create_bearer_auth())}
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        calls = {name: stack.enter_context(warm_request_batch(app, USER_PATH)) for name, app in apps.items()}
        yield {name: CallableCandidate(call, REQUESTS_PER_CALL) for name, call in calls.items()}


@contextlib.contextmanager
def compare_requests_of_two_issuers() -> Iterator[Candidates]:
    """Answer requests whose token one of two verifiers with remote keys accepts, and with this verifier alone.

    The other verifier does not know the key of the token: in `a or b` it must reject the token without a fetch.
    """
    verifiers = [create_remote_verifier(ORIGIN, KID, 0), create_remote_verifier(OTHER_ISSUER, OTHER_ISSUER, 1)]
    one, other = (BearerAuth(verifier) for verifier in verifiers)
    apps = {
        t.TWO_ISSUERS: create_two_issuers_app(one, other),
        t.TWO_VERIFIERS: create_one_issuer_app(BearerAuth(verifiers)),
        t.ONE_ISSUER: create_one_issuer_app(one),
    }
    token = create_token("EdDSA")
    with pin_to_one_core(), contextlib.ExitStack() as stack:
        calls = {name: stack.enter_context(request_batch(app, USER_PATH, token)) for name, app in apps.items()}
        yield {name: CallableCandidate(call, REQUESTS_PER_CALL) for name, call in calls.items()}
