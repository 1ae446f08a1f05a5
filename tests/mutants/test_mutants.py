"""The kept results: each survivor has a reason, and a changed line takes its result away."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mutants.mutant import Mutant, read_list
from mutants.package.deciding import DECIDING_TESTS, SOURCES, covering_tests, deciding_files
from mutants.package.selection import changes_a_text, choose_tests
from mutants.results import (
    DONE,
    STATES,
    Result,
    read_done,
    read_equivalents,
    read_package_results,
    read_results,
    write_package_results,
)
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


@pytest.mark.parametrize(
    ("replacement", "replacements"),
    [
        ("PyResult::from(true)", ["Ok(true)"]),
        ("Some(PyResult::from(()))", ["Some(Ok(()))"]),
        ("PyResult::new(true)", []),
        ("PyResult::from_iter([true])", []),
        ("PyResult::from(Bound::from(Default::default()))", []),
        ("Some(Py::new())", []),
        ("Arc::from(vec![])", ["Arc::from(vec![])"]),
    ],
)
def test_values_of_types_of_pyo3_are_corrected(tmp_path: Path, replacement: str, replacements: list[str]) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "time.rs").write_text(SOURCE)
    mutant = {**entry(2, "f"), "name": f"src/time.rs:2:9: replace f with {replacement}", "replacement": replacement}
    mutants = read_list([mutant], tmp_path)
    assert [mutant.replacement for mutant in mutants] == replacements
    assert [mutant.change for mutant in mutants] == [f"replace f with {text}" for text in replacements]


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


def test_deciding_modules_have_tests_that_exist() -> None:
    files = deciding_files(ROOT)
    assert {file.relative_to(SOURCES).parts[0] for file in files} == {prefix.split("/")[0] for prefix in DECIDING_TESTS}
    assert all((ROOT / SOURCES / prefix).exists() for prefix in DECIDING_TESTS)
    sizes = [(ROOT / file).stat().st_size for file in files]
    assert sizes == sorted(sizes)
    assert all((ROOT / test).exists() for file in files for test in covering_tests(file))


def test_results_are_replaced_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mutants.results.PACKAGE_RESULTS", tmp_path / "package.txt")
    places = (("1", "a"), ("2", "b"), ("3", "a"))
    one, other, new = (Result(key, "caught", "python", f"{file} f: a") for key, file in places)
    write_package_results(["a", "b"], [one, other])
    write_package_results(["a"], [new])
    assert read_package_results() == [new, other]
    assert [path.name for path in tmp_path.iterdir()] == ["package.txt"]


@pytest.mark.parametrize(
    ("before", "after", "is_text"),
    [
        ('raise ValueError("a name is empty")', 'raise ValueError("XXa name is emptyXX")', True),
        ('raise ValueError("A name is empty")', 'raise ValueError("a name is empty")', True),
        ('raise ValueError("a name is empty")', "raise ValueError(None)", False),
        ('names.split(" ")', 'names.split("XX XX")', False),
        ('error.code = "unknown_session"', 'error.code = "XXunknown_sessionXX"', False),
        ('log("a name", name)', 'log("a name", None)', False),
    ],
)
def test_change_of_a_text_with_words_is_found(before: str, after: str, is_text: bool) -> None:  # noqa: FBT001 - pytest
    assert changes_a_text([f"-    {before}", f"+    {after}"]) is is_text


def test_change_of_several_lines_is_not_one_of_a_text() -> None:
    assert not changes_a_text(['-"a name"', '-"another name"', '+"XXa nameXX"'])


def test_tests_that_reach_a_function_begin_with_one_of_each() -> None:
    survey = {
        "a::one[1]": (0.2, ["f", "g"]),
        "a::one[2]": (0.1, ["f"]),
        "a::two": (0.3, ["f"]),
        "a::three": (0.0, ["g"]),
        "a::slow": (1.5, ["f"]),
    }
    assert choose_tests(survey, "f") == ["a::one[2]", "a::two", "a::one[1]"]
    assert choose_tests(survey, "h") == []


def test_tests_of_one_function_are_chosen_up_to_a_total_time() -> None:
    survey = {f"a::test_{number:02}": (1.0, ["f"]) for number in range(9)}
    assert choose_tests(survey, "f") == [f"a::test_{number:02}" for number in range(4)]
