"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

JsonOutput = Annotated[bool, typer.Option("--json", help="Print JSON, whose form is stable.")]
"""The option `--json`."""
