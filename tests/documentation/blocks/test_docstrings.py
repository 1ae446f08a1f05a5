"""The examples in docstrings run, and have the values that their comments name.

An example has the public names of the package, and those that it leaves to its reader (`docstring_names.py`).
"""

from __future__ import annotations

import ast
import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from fastjose.constants import ALGORITHMS
from support.documentation.blocks.docstring_names import (
    DATABASE,
    REDIS,
    create_database,
    create_names,
    localize,
    mint_token,
)
from support.documentation.blocks.docstrings import Example, find_documented_values, find_examples
from support.servers.redis_server import run_redis_server

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from fastjose.testing import JwksServer
    from support.documentation.blocks.page_run import PageRun

EXAMPLES = find_examples()

pytestmark = pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated")


@pytest.fixture(autouse=True)
def restored_algorithms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the classes of keys that an example registers."""
    monkeypatch.setattr(ALGORITHMS, "KEYS", {**ALGORITHMS.KEYS})
    monkeypatch.setattr(ALGORITHMS, "SUPPORTED", {*ALGORITHMS.SUPPORTED})


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with run_redis_server() as server:
        yield server.url


def run(code: str, where: str, names: dict[str, Any]) -> None:
    """Run `code`, which may have `await`, and close the stores that it has made."""
    result = eval(compile(code, where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)  # noqa: S307 - ours
    if inspect.iscoroutine(result):
        asyncio.run(_finish(result, names))


async def _finish(example: Coroutine[Any, Any, None], names: dict[str, Any]) -> None:
    await example
    for value in names.values():
        if inspect.iscoroutinefunction(close := getattr(value, "close", None)) and not isinstance(value, type):
            await close()


def test_main_classes_and_functions_have_an_example() -> None:
    owners = {example.owner for example in EXAMPLES}
    assert {"Key", "RemoteKeySet", "Verifier", "verify_token", "BearerAuth", "CredentialAuth"} <= owners


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.module}:{example.owner}")
def test_example_runs(example: Example, page_run: PageRun, issuer: JwksServer, request: pytest.FixtureRequest) -> None:
    names, code = create_names(example, page_run.folder), example.code
    if "await verifier" in code:
        names["token"], code = mint_token(example, issuer), localize(code, issuer)
    if DATABASE in code:
        code = code.replace(DATABASE, create_database(page_run.folder))
    if REDIS in code:
        code = code.replace(REDIS, request.getfixturevalue("redis_url"))
    run(code, f"{example.module}:{example.owner}", names)
    for expression, value in find_documented_values(code):
        assert eval(expression, names) == value  # noqa: S307 - the code of this project
