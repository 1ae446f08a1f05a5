"""Strings of claims that tokens share, so that they take memory once; nothing of a user is among them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from support.memory.shared_strings import TEXTS


def test_tokens_share_names_issuer_and_audience_alone() -> None:
    command = [sys.executable, "-m", "support.memory.shared_strings"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)  # noqa: S603 - of the tests
    report = json.loads(run.stdout)
    assert report == {
        "names": ["exp", *TEXTS],
        "values": ["iss", "aud"],
        "equal": True,
        "decoded": True,
        "decoded, unverified": False,
        "long name": False,
        "long issuer": False,
    }
