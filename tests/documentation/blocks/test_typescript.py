"""The TypeScript and JavaScript of the pages has no mistake of syntax. Other tests run most of it."""

from __future__ import annotations

import subprocess

import pytest

from support.documentation.blocks.languages import PARSED
from support.documentation.blocks.markdown import PAGES, ROOT, Block, read_page
from support.processes.node_packages import require_node_with_packages

FRONTEND = ROOT / "examples" / "todo" / "frontend"
ESBUILD = FRONTEND / "node_modules" / "esbuild" / "bin" / "esbuild"
BLOCKS = [block for page in PAGES for block in read_page(page) if block.language in PARSED]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.where)
def test_block_parses(block: Block) -> None:
    node = require_node_with_packages(FRONTEND, "the TypeScript of the pages")
    completed = subprocess.run(  # noqa: S603 - a program of the tests
        [node, str(ESBUILD), "--loader=ts", "--log-level=warning"],
        input=block.code,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert completed.returncode == 0, completed.stderr
