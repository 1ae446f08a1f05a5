"""Blocks of Python: run in the namespace of the page, as a module of the reader, as doctests, or by pytest.

A file of tests is written only: the page has the command that runs it.
"""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from support.clients.http_client import HttpClient
from support.documentation.blocks.data_blocks import VARIABLES
from support.documentation.blocks.loaded_modules import forget

if TYPE_CHECKING:
    from support.documentation.blocks.markdown import Block
    from support.documentation.blocks.page_run import PageRun

BEGINS_WITH_IMPORT = re.compile(r"\s*(?:#.*\s+)*(?:import|from)\s")
HAS_TESTS = re.compile(r"^(?:async )?def test_", re.MULTILINE)
SECONDS = 60
ANSWERS = {200, 401, 403, 422}
"""The status of a route that is called without a credential."""


def run_python(block: Block, run: PageRun) -> None:
    """Run the block. One that begins with an import is complete by itself: it runs without the names before it."""
    if BEGINS_WITH_IMPORT.match(block.code) and not block.continues:
        run.start_namespace("from_the_page")
    if HAS_TESTS.search(block.code) and block.title is not None:
        run.unrun_tests.add(run.write(block.title, block.code).name)
    elif HAS_TESTS.search(block.code):
        _run_pytest(block, run)
    elif block.title is not None:
        _import_module(block, block.title, run)
    elif block.code.lstrip().startswith(">>>"):
        _run_doctest(block, run)
    else:
        _execute(block, run)


def _execute(block: Block, run: PageRun) -> None:
    code = "\n" * (block.line - 1) + run.localize(block.code)  # so that a traceback has the line of the page
    exec(compile(code, block.page, "exec", dont_inherit=True), run.names)  # noqa: S102 - the project's own page
    _check_applications(run.names)


def _import_module(block: Block, title: str, run: PageRun) -> None:
    run.write(title, block.code)
    name = title.removesuffix(".py").replace("/", ".")
    forget(name)
    importlib.invalidate_caches()
    run.names = dict(vars(importlib.import_module(name)))
    _check_applications(run.names)


def _run_doctest(block: Block, run: PageRun) -> None:
    examples = doctest.DocTestParser().get_doctest(
        run.localize(block.code), run.names, block.page, block.page, block.line - 1
    )
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    failed, _ = runner.run(examples, out=report.append, clear_globs=False)
    run.names = examples.globs
    assert not failed, "".join(report)


def _run_pytest(block: Block, run: PageRun) -> None:
    path = run.write(f"test_line_{block.line}.py", block.code)
    settings = {name: value for name, value in os.environ.items() if name in VARIABLES}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path.name]
    completed = subprocess.run(  # noqa: S603 - the project's own page
        command,
        cwd=run.folder,
        env={**settings, **run.process_environment()},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr


def _check_applications(names: dict[str, Any]) -> None:
    """Let each application of a block describe its routes, and answer a request without a credential."""
    for app in [value for value in names.values() if isinstance(value, FastAPI)]:
        paths = app.openapi()["paths"]
        with HttpClient(app) as client:
            for path in [path for path, operations in paths.items() if "get" in operations]:
                status = client.get(path).status_code
                assert status in ANSWERS, f"GET {path} answered {status}"
