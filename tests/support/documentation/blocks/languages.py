"""What runs the blocks of each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.documentation.blocks.data_blocks import (
    lint_dockerfile,
    parse_json,
    parse_toml,
    parse_yaml,
    run_environment,
)
from support.documentation.blocks.python_blocks import run_python
from support.documentation.blocks.shell import run_console, run_shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.documentation.blocks.markdown import Block
    from support.documentation.blocks.page_run import PageRun

RUNNERS: dict[str, Callable[[Block, PageRun], None]] = {
    "python": run_python,
    "sh": run_shell,
    "console": run_console,
    "dotenv": run_environment,
    "json": parse_json,
    "toml": parse_toml,
    "yaml": parse_yaml,
    "dockerfile": lint_dockerfile,
}

PARSED = {"js", "ts"}
"""Languages that `test_typescript.py` parses. What runs a block as well is among the claims."""

TEXT = {"text", "http"}
"""Languages of what is read and not run: diagrams, log lines, headers."""


def run_block(block: Block, run: PageRun) -> None:
    """Run `block`; raise an error that names the page and the line if it fails."""
    try:
        RUNNERS[block.language](block, run)
    except Exception as error:
        raise AssertionError(f"{block.where}: {type(error).__name__}: {error}") from error
