"""The verbs of the Makefile are listed by `make` and by CONTRIBUTING.md."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
LISTED = re.findall(r"^([a-z0-9-]+):.*  ## .", MAKEFILE, flags=re.MULTILINE)
PHONY = re.findall(r"^\.PHONY:((?:.*\\\n)*.*)$", MAKEFILE, flags=re.MULTILINE)


@pytest.mark.parametrize("verbs", [[], ["help"]])
def test_make_lists_every_verb_with_its_description(verbs: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    listing = subprocess.run(  # noqa: S603 - as for `make test`, which this test may run under
        ["make", *verbs],  # noqa: S607
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.findall(r"^  ([a-z0-9-]+) +\S", listing, flags=re.MULTILINE) == LISTED
    headings = re.findall(r"^##@ (.+)$", MAKEFILE, flags=re.MULTILINE)
    assert re.findall(r"^(\S.*)$", listing, flags=re.MULTILINE) == headings
    descriptions = {re.match(r"  [a-z0-9-]+ +", line) for line in listing.splitlines() if line.startswith("  ")}
    assert len({match.end() for match in descriptions if match}) == 1, "descriptions are aligned"


def test_every_verb_is_phony_and_listed() -> None:
    """A verb that is not phony would do nothing where a file has its name."""
    (phony,) = PHONY
    assert sorted(phony.replace("\\\n", " ").split()) == sorted(LISTED)


def test_contributing_describes_every_verb() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`make.*?) \|", page, flags=re.MULTILINE)
    assert sorted(set(re.findall(r"make ([a-z0-9-]+)", " ".join(rows)))) == sorted(set(LISTED))
