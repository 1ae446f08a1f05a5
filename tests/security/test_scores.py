"""fastjose's scores are those of docs/security/scores.md: no wrong verdict on an attack token or on Wycheproof's cases.

`make scores` runs its peers, and writes the page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from fastjose import __version__
from support.environment.requirements import skip_or_fail
from support.scores.expectations import EITHER, expect
from support.scores.page import either_table, find_wrong, kinds_table, read_rows, read_table, score
from support.scores.peers.answer import answer
from support.scores.peers.fastjose_peer import PEER
from support.scores.questions import KINDS, create_questions, to_json
from support.scores.runner import JOSE, PYTHON_PEERS, Answers
from support.scores.wycheproof_questions import VECTORS, create_wycheproof_questions
from support.tokens.attack_tokens.cases import CASES
from support.tokens.jose_builder import NOW

if TYPE_CHECKING:
    from support.scores.questions import Question


@pytest.fixture(scope="module")
def questions() -> list[Question]:
    return create_questions()


@pytest.fixture
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: float(NOW))


def find_own_row() -> list[str]:
    (own,) = [cells for library, *cells in read_rows("results") if library == f"fastjose {__version__}"]
    return own


def ask_fastjose(questions: list[Question]) -> Answers:
    return Answers(__version__, {question.id: answer(PEER, to_json(question)) for question in questions})


@pytest.mark.usefixtures("_stopped_clock")
def test_fastjose_has_no_wrong_verdict_and_the_scores_of_the_page(questions: list[Question]) -> None:
    answers = ask_fastjose(questions)
    assert find_wrong(questions, answers.verdicts) == set()
    assert find_own_row()[:3] == score(answers, questions)[:3]


@pytest.mark.usefixtures("_stopped_clock")
def test_fastjose_has_the_scores_of_the_page_on_wycheproof() -> None:
    if not VECTORS.is_dir():
        skip_or_fail("the third-party vectors are missing: put them into shared/vectors beside the project")
    questions = create_wycheproof_questions()
    answers = ask_fastjose(questions)
    assert find_wrong(questions, answers.verdicts) == set()
    assert find_own_row()[3:] == score(answers, questions)[3:]


def test_page_has_every_library_and_every_kind(questions: list[Question]) -> None:
    assert [row[0].rpartition(" ")[0] for row in read_rows("results")] == [*PYTHON_PEERS, JOSE]
    none_wrong = Answers("", {question.id: ["rejected", ""] for question in questions})
    expected = read_table(kinds_table(questions, {"fastjose": none_wrong}))
    assert [row[:3] for row in read_rows("kinds")] == expected


def test_page_has_the_reasons_of_what_does_not_count(questions: list[Question]) -> None:
    rows = read_rows("either")
    assert rows
    assert rows == read_table(either_table(questions))


def test_every_reason_has_a_token() -> None:
    assert [pattern for pattern in EITHER if not any(re.fullmatch(pattern, case.id) for case in CASES)] == []


def test_most_tokens_count(questions: list[Question]) -> None:
    assert sum(expect(case) == "reject" for case in CASES) > 1500
    assert sum(expect(case) == "accept" for case in CASES) > 75
    assert {question.kind for question in questions} == set(KINDS)


def test_peer_does_not_see_what_is_expected(questions: list[Question]) -> None:
    assert {name for question in questions for name in to_json(question)}.isdisjoint(
        {"expectation", "kind", "counts_foreign", "expected"}
    )
