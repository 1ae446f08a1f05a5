"""Requests to FastAPI in this process, through the dependencies of `fastjose.auth` and of the specified code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benches.support.asgi_requests import BATCH
from benches.support.auth_apps import ANSWERING, USER, answering, stubbed_auth
from benches.support.report_layout import place

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PATHS = {"AuthenticatedUser": "/me", "OptionalUser": "/optional", "UserId": "/user-id"}


@pytest.mark.parametrize("dependency", ["AuthenticatedUser", "OptionalUser"])
def test_nothing_is_verified_where_it_is_stubbed_out(dependency: str) -> None:
    """See that the floor of the figures is one."""
    (depends,) = getattr(stubbed_auth(), dependency).__metadata__
    assert asyncio.run(depends.dependency("no token")) == USER


@pytest.mark.parametrize("who", ANSWERING)
@pytest.mark.parametrize("dependency", PATHS)
def test_request(benchmark: BenchmarkFixture, dependency: str, who: str) -> None:
    """Measure a batch of requests."""
    place(benchmark, "Answer a request", who, dependency, pieces=BATCH)
    with answering(who, PATHS[dependency]) as call:
        benchmark(call)
