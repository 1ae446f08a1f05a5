"""Requests to FastAPI in this process, through the dependencies of `fastjose.auth` and of the specified code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from apps import PAYLOAD_CLAIMS, USER, fastjose_auth, specified_auth, stubbed_auth
from asgi import BATCH, requests
from environment import app_around
from material import token
from places import place

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PATHS = {"AuthenticatedUser": "/me", "OptionalUser": "/optional", "UserId": "/user-id"}
AUTHS = {
    "fastjose": fastjose_auth,
    "fastjose, verification stubbed out": stubbed_auth,
    "python-jose, as specified": specified_auth,
}


@pytest.mark.parametrize("dependency", ["AuthenticatedUser", "OptionalUser"])
def test_nothing_is_verified_where_it_is_stubbed_out(dependency: str) -> None:
    """See that the floor of the figures is one."""
    (depends,) = getattr(stubbed_auth(), dependency).__metadata__
    assert asyncio.run(depends.dependency("no token")) == USER


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("dependency", PATHS)
def test_request(benchmark: BenchmarkFixture, dependency: str, auth: str) -> None:
    """Measure a batch of requests."""
    place(benchmark, "Answer a request", auth, dependency, pieces=BATCH)
    app, subject = app_around(AUTHS[auth]()), token("HS256", PAYLOAD_CLAIMS)
    with requests(app, PATHS[dependency], subject) as call:
        benchmark(call)
