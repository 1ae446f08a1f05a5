"""The kept results: each survivor has a reason, and a changed line takes its result away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mutants.mutant import Mutant, read_list
from mutants.results import DONE, STATES, read_done, read_equivalents, read_results
from mutants.second_suite.coverage_map import PACKAGE_TESTS, package_tests

ROOT = Path(__file__).parents[2]
SOURCE = """fn is_expired(now: u64, exp: u64) -> bool {
    now >= exp
}
fn is_new(now: u64, iat: u64) -> bool {
    now >= iat
}
"""


def entry(line: int, function: str) -> dict[str, Any]:
    return {
        "name": f"src/time.rs:{line}:9: replace >= with < in {function}",
        "file": "src/time.rs",
        "span": {"start": {"line": line, "column": 9}, "end": {"line": line, "column": 11}},
        "genre": "BinaryOperator",
        "replacement": "<",
    }


def read(folder: Path, source: str, *lines: int) -> list[Mutant]:
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "time.rs").write_text(source)
    return read_list([entry(line, "is_expired") for line in lines], folder)


def test_mutant_changes_the_text_of_its_span(tmp_path: Path) -> None:
    (mutant,) = read(tmp_path, SOURCE, 2)
    assert mutant.apply(SOURCE.encode()).decode() == SOURCE.replace("now >= exp", "now < exp")
    assert mutant.change == "replace >= with < in is_expired"


def test_key_stays_when_other_lines_change(tmp_path: Path) -> None:
    (before,) = read(tmp_path, SOURCE, 2)
    (after,) = read(tmp_path, "// A comment.\n" + SOURCE, 3)
    assert after.key == before.key


def test_key_changes_with_its_line(tmp_path: Path) -> None:
    (before,) = read(tmp_path, SOURCE, 2)
    (after,) = read(tmp_path, SOURCE.replace("now >= exp", "now >= exp + 1"), 2)
    assert after.key != before.key


def test_equal_changes_of_equal_lines_have_keys_of_their_own(tmp_path: Path) -> None:
    first, second = read(tmp_path, SOURCE.replace("iat", "exp"), 2, 5)
    assert first.key != second.key


def test_results_have_a_known_state() -> None:
    for result in read_results().values():
        assert re.fullmatch("[0-9a-f]{10}", result.key), result
        assert result.state in STATES, result
        assert result.suite in {"rust", "python"}, result


def test_equivalents_survive_and_have_a_reason() -> None:
    results = read_results()
    for key, reason in read_equivalents().items():
        assert len(reason.split()) >= 4, key
        assert key in results, f"{key} must be among the results: remove it from equivalents.txt"
        assert results[key].state == "survived", results[key]


def test_survivors_of_done_files_have_a_reason() -> None:
    done, equivalents = read_done(), read_equivalents()
    survivors = [result for result in read_results().values() if result.state == "survived" and result.file in done]
    assert not [result for result in survivors if result.key not in equivalents]


def test_done_files_exist_in_order_and_were_tried() -> None:
    files = DONE.read_text().split()
    assert files == sorted(set(files))
    assert set(files) <= {result.file for result in read_results().values()}
    assert all((ROOT / file).is_file() for file in files)


@pytest.mark.parametrize("prefix", PACKAGE_TESTS)
def test_second_suite_exists(prefix: str) -> None:
    assert list(ROOT.glob(f"{prefix}*"))
    assert all((ROOT / test).exists() for test in package_tests(prefix))
