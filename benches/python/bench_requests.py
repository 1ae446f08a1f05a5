"""In-process requests to FastAPI, with the dependencies of `fastjose.auth` and of the reference code on python-jose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from benches.support.asgi_requests import REQUESTS_PER_CALL
from benches.support.auth_apps import REQUEST_CANDIDATES, candidate_requests, load_stub_auth
from benches.support.report_layout import set_table_cell
from benches.support.route_apps import USER

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PATHS = {"AuthenticatedUser": "/me", "OptionalUser": "/optional", "UserId": "/user-id"}


@pytest.mark.parametrize("alias", ["AuthenticatedUser", "OptionalUser"])
def test_stub_verifies_nothing(alias: str) -> None:
    """Check that the baseline accepts a string that is not a token."""
    (depends,) = getattr(load_stub_auth(), alias).__metadata__
    assert asyncio.run(depends.dependency("no token")) == USER


@pytest.mark.parametrize("candidate", REQUEST_CANDIDATES)
@pytest.mark.parametrize("alias", PATHS)
def test_request(benchmark: BenchmarkFixture, alias: str, candidate: str) -> None:
    """Measure a batch of requests."""
    set_table_cell(benchmark, "Answer a request", candidate, alias, operations_per_call=REQUESTS_PER_CALL)
    with candidate_requests(candidate, PATHS[alias]) as send_requests:
        benchmark(send_requests)
