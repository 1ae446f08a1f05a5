"""The page on RFC 8725 has a row for each requirement, and a test of each row that exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from support.tokens.attack_tokens import claims, compact_form, signatures

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security" / "rfc8725.md").read_text(encoding="utf-8")
ROWS = re.findall(
    r"^\| (\d+\.\d+\.\d+) \| ([LA](?:, bis)?) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, flags=re.MULTILINE
)
REQUIREMENTS = {
    "3.1": 7, "3.2": 5, "3.3": 3, "3.4": 2, "3.5": 3, "3.6": 1, "3.7": 1, "3.8": 2, "3.9": 1, "3.10": 4, "3.11": 6,
    "3.12": 1, "3.13": 1, "3.14": 2, "3.15": 1,
}  # fmt: skip
"""The requirements of RFC 8725 §3 and of draft-ietf-oauth-rfc8725bis-08, by section."""

GROUPS = {group.__name__ for module in (claims, compact_form, signatures) for group in module.GROUPS}
PARTS_OF_GROUPS = {"rejected_points": "rejected_jwks", "rsa_algorithms": "rsa_keys"}


def test_page_has_a_row_for_every_requirement() -> None:
    numbers = [number for number, *_ in ROWS]
    assert Counter(number.rpartition(".")[0] for number in numbers) == REQUIREMENTS
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row_names_tests_that_exist(row: tuple[str, ...]) -> None:
    tests = re.findall(r"`([^`]+)`", row[4])
    assert tests
    assert " ".join(f"`{test}`" for test in tests) == row[4]
    for test in tests:
        path, _, name = test.partition("::")
        assert is_test(ROOT / path, name), test


def is_test(path: Path, name: str) -> bool:
    """Return whether `name` is a test of the file, or a group of attack tokens."""
    text = path.read_text(encoding="utf-8")
    if "attack_tokens" in path.parts:
        return f"\ndef {name}(" in text and PARTS_OF_GROUPS.get(name, name) in GROUPS
    if path.suffix == ".rs":
        return bool(re.search(rf"#\[test\]\n(?: *#\[.*\n)* *fn {name}\(\)", text))
    return name.startswith("test_") and f"\ndef {name}(" in text


def test_page_has_rows_against_every_threat() -> None:
    threats = dict(re.findall(r"^\| (2\.\d+) \| [^|]+ \| ([\d. ]+) \|$", PAGE, flags=re.MULTILINE))
    assert list(threats) == [f"2.{number}" for number in range(1, 14)]
    assert {row for rows in threats.values() for row in rows.split()} <= {number for number, *_ in ROWS}


def test_deviations_are_rows() -> None:
    section = PAGE.partition("## Deviations")[2].partition("\n## ")[0]
    deviations = re.findall(r"^\| (\d+\.\d+\.\d+) \|", section, flags=re.MULTILINE)
    assert deviations
    assert set(deviations) <= {number for number, *_ in ROWS}
