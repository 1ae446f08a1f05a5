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
    """Choose what `jose` is before anything can import it, then drive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as", dest="face", choices=["jose", "fastjose"], required=True)
    parser.add_argument("driver")
    options = parser.parse_args()
    if options.face == "fastjose":
        importlib.import_module("fastjose").install_as_jose()
    with contextlib.redirect_stdout(sys.stderr):  # a library prints
        answers = drive(options.driver)
    print(json.dumps({"modules": modules(), "answers": answers}))  # noqa: T201 - that is how it answers


def drive(driver: str) -> dict[str, Any]:
    """Return the answers that `driver` gets, with an issuer to fetch keys from."""
    issuer = importlib.import_module("loopback_issuer")
    with tempfile.TemporaryDirectory() as directory, issuer.serving(Path(directory)) as served:
        answers: dict[str, Any] = importlib.import_module(f"drivers.{driver}").answers(served)
        return answers


def modules() -> dict[str, list[Any]]:
    """Return what is loaded as `jose` or under it: of each module its own name and its file."""
    jose = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "jose"}
    return {name: [module.__name__, module.__file__] for name, module in jose.items()}


main()
