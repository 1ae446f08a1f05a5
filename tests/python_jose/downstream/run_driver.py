"""Run one driver on python-jose or on fastjose: `run_driver.py --as fastjose drive_cognitojwt`. Prints JSON."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def main() -> None:
    """Select the library behind `jose` before anything imports it, then run the driver."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as", dest="face", choices=["jose", "fastjose"], required=True)
    parser.add_argument("driver")
    options = parser.parse_args()
    if options.face == "fastjose":
        importlib.import_module("fastjose").install_as_jose()
    with contextlib.redirect_stdout(sys.stderr):  # some libraries print
        answers = run_driver(options.driver)
    print(json.dumps({"modules": loaded_jose_modules(), "answers": answers}))  # noqa: T201 - the result


def run_driver(driver: str) -> dict[str, Any]:
    """Return the answers of `driver`, with a running issuer that publishes keys."""
    issuer = importlib.import_module("loopback_issuer")
    with tempfile.TemporaryDirectory() as directory, issuer.serve_issuer(Path(directory)) as served:
        answers: dict[str, Any] = importlib.import_module(f"drivers.{driver}").answers(served)
        return answers


def loaded_jose_modules() -> dict[str, list[Any]]:
    """Return the name and file of each module that is loaded as `jose` or below it."""
    jose = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "jose"}
    return {name: [module.__name__, module.__file__] for name, module in jose.items()}


main()
