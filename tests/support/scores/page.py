"""The tables of docs/security/scores.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from support.scores.expectations import EITHER
from support.scores.questions import KINDS
from support.scores.wycheproof_questions import JWK, JWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from support.scores.questions import Question
    from support.scores.runner import Answers

PAGE = Path(__file__).parents[3] / "docs" / "security" / "scores.md"
REFUSALS = {"rejected", "foreign"}
LIMIT = "a limit is a choice"


def select(questions: Iterable[Question], expectation: str, kinds: Iterable[str] = KINDS) -> list[Question]:
    """Return the questions of some kinds with one expectation."""
    return [question for question in questions if question.expectation == expectation and question.kind in set(kinds)]


def count(answers: Answers, questions: Sequence[Question], right: set[str]) -> str:
    """Return how many answers are right, of those that the library could give."""
    verdicts = [answers.verdicts[question.id][0] for question in questions]
    asked = [verdict for verdict in verdicts if verdict != "inexpressible"]
    return f"{sum(verdict in right for verdict in asked):,} of {len(asked):,}"


def score(answers: Answers, questions: Sequence[Question]) -> list[str]:
    """Return the cells of a library in the table of results."""
    foreign = [
        question
        for question in questions
        if question.counts_foreign and question.kind in KINDS and answers.verdicts[question.id][0] == "foreign"
    ]
    cells = [
        count(answers, select(questions, "reject"), REFUSALS),
        count(answers, select(questions, "accept"), {"accepted"}),
        str(len(foreign)),
    ]
    for kind in (JWS, JWK):
        cells.append(count(answers, select(questions, "accept", [kind]), {"accepted"}))
        cells.append(count(answers, select(questions, "reject", [kind]), REFUSALS))
    return cells


RESULTS_HEADER = [
    "library",
    "must reject",
    "must accept",
    "foreign exceptions",
    "JWS, valid",
    "JWS, invalid",
    "JWK, valid",
    "JWK, invalid",
]


def find_wrong(questions: Iterable[Question], verdicts: Mapping[str, list[str]]) -> set[str]:
    """Return the questions whose verdict is not the required one, or whose exception is a foreign one."""
    right = {"accept": {"accepted"}, "reject": {"rejected"}, "either": {"accepted", "rejected"}}
    return {
        question.id
        for question in questions
        if verdicts[question.id][0] not in right[question.expectation]
        and (question.counts_foreign or verdicts[question.id][0] != "foreign")
    }


def results_table(questions: Sequence[Question], answers: Mapping[str, Answers]) -> str:
    """Return the table with a row for each library."""
    rows = [[f"{name} {one.version}", *score(one, questions)] for name, one in answers.items()]
    return format_table(RESULTS_HEADER, rows)


def count_accepted(answers: Answers, questions: Sequence[Question]) -> str:
    """Return how many tokens are wrongly accepted, or a dash if the library cannot be asked."""
    verdicts = {answers.verdicts[question.id][0] for question in questions}
    if verdicts == {"inexpressible"}:
        return "–"
    return str(sum(answers.verdicts[question.id][0] == "accepted" for question in questions))


def kinds_table(questions: Sequence[Question], answers: Mapping[str, Answers]) -> str:
    """Return the table of wrongly accepted tokens, with a row for each kind."""
    rows = [
        [kind, str(len(asked)), *(count_accepted(one, asked) for one in answers.values())]
        for kind in KINDS
        if (asked := select(questions, "reject", [kind]))
    ]
    return format_table(["tokens", "must reject", *answers], rows)


def either_table(questions: Sequence[Question]) -> str:
    """Return the table of tokens that may be accepted or rejected, with the reason."""
    reasons: dict[str, int] = {}
    for question in select(questions, "either"):
        reason = next((why for pattern, why in EITHER.items() if re.fullmatch(pattern, question.id)), LIMIT)
        reasons[reason] = reasons.get(reason, 0) + 1
    return format_table(["tokens", "reason"], [[str(number), why] for why, number in reasons.items()], slice(1))


def format_table(header: list[str], rows: list[list[str]], numbers: slice = slice(1, None)) -> str:
    """Return a table of Markdown. The columns in `numbers` are numbers, the others are text."""
    rule = ["---"] * len(header)
    rule[numbers] = ["--:"] * len(rule[numbers])
    lines = [header, rule, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_page(questions: Sequence[Question], answers: Mapping[str, Answers]) -> None:
    """Write the tables into the page."""
    text = PAGE.read_text(encoding="utf-8")
    tables: dict[str, Callable[[], str]] = {
        "results": lambda: results_table(questions, answers),
        "kinds": lambda: kinds_table(questions, answers),
        "either": lambda: either_table(questions),
    }
    for name, create in tables.items():
        text = replace_table(text, name, create())
    total = sum(question.kind in KINDS for question in questions)
    before = "`tests/support/tokens/attack_tokens/`: "
    PAGE.write_text(re.sub(rf"{before}\S+ tokens", f"{before}{total:,} tokens", text), encoding="utf-8")


def replace_table(text: str, name: str, table: str) -> str:
    """Return the page with the table between the comments of `name`."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{PAGE.name} must have the comments of {name}")
    return pattern.sub(lambda match: f"{match[1]}\n{table}\n\n{match[2]}", text)


def read_rows(name: str) -> list[list[str]]:
    """Return the cells of a table of the page, without its header."""
    section = PAGE.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]
    return read_table(section)


def read_table(text: str) -> list[list[str]]:
    """Return the cells of a table of Markdown, without its header."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]
