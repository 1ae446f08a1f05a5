"""The page on providers is correct: its blocks accept what a provider signs, and reject what they must."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Literal

import pytest

import fastjose.aws
from support.clients.http_client import HttpClient
from support.providers.application import build_app_from_code, build_app_from_environment
from support.providers.catalog import DOCUMENTS, FORMS
from support.providers.expectations import Expectations
from support.providers.forms import ABSENT
from support.providers.loopback_issuer import serve_documents
from support.providers.page import read_rows, read_sections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from support.providers.forms import TokenForm
    from support.providers.loopback_issuer import LoopbackIssuer
    from support.providers.page import Row

    Build = Callable[[str, str, TokenForm], FastAPI]

pytestmark = pytest.mark.http

Kind = Literal["code", "environment"]
KINDS: tuple[Kind, ...] = ("code", "environment")

BLOCKS: dict[tuple[str, Kind], str] = {
    (heading, kind): block
    for heading, section in read_sections().items()
    for kind in KINDS
    if (block := getattr(section, kind)) is not None
}
"""The blocks of the page, by section and kind."""

CELLS = [(name, kind) for name, form in FORMS.items() for kind in KINDS if (form.section, kind) in BLOCKS]

LINES = [
    (heading, number)
    for (heading, kind), block in BLOCKS.items()
    if kind == "environment"
    for number in range(len(block.splitlines()))
]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackIssuer]:
    with serve_documents(DOCUMENTS, tmp_path_factory.mktemp("secrets")) as server:
        yield server


@pytest.fixture
def build(issuer: LoopbackIssuer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Build:
    """Return a function that builds the application of a block, with the URLs of the issuer on loopback."""
    alb_keys_url = fastjose.aws.alb_keys_url  # the only URL that is not in a block
    monkeypatch.setattr(fastjose.aws, "alb_keys_url", lambda region: issuer.localize(alb_keys_url(region)))

    def build_app(kind: str, block: str, form: TokenForm) -> FastAPI:
        block = issuer.localize(block)
        if kind == "code":
            return build_app_from_code(block, form)
        return build_app_from_environment(monkeypatch, tmp_path, block, form)

    return build_app


def find_failures(app: FastAPI, form: TokenForm, issuer: LoopbackIssuer) -> Iterator[str]:
    with HttpClient(app) as client:
        yield from Expectations(client, form, issuer).find_failures()


@pytest.mark.parametrize(("name", "kind"), CELLS)
def test_block_does_with_tokens_as_row_says(name: str, kind: Kind, build: Build, issuer: LoopbackIssuer) -> None:
    form = FORMS[name]
    app = build(kind, BLOCKS[form.section, kind], form)
    assert list(find_failures(app, form, issuer)) == []


@pytest.mark.parametrize(("heading", "number"), LINES)
def test_environment_without_one_line_fails(heading: str, number: int, build: Build, issuer: LoopbackIssuer) -> None:
    lines = BLOCKS[heading, "environment"].splitlines()
    without_line = "\n".join(lines[:number] + lines[number + 1 :])
    forms = [form for form in FORMS.values() if form.section == heading]
    try:
        apps = [(build("environment", without_line, form), form) for form in forms]
    except ValueError:
        return  # the application does not start
    failures = chain.from_iterable(find_failures(app, form, issuer) for app, form in apps)
    assert next(failures, None), f"{lines[number]} is not needed"


def test_condition_for_every_tenant_of_entra_binds_issuer_to_tenant(build: Build, issuer: LoopbackIssuer) -> None:
    """The section has a condition for applications that do not know their tenants, instead of their issuers."""
    section = read_sections()["Microsoft Entra ID, several tenants"]
    (condition,) = re.findall(r"`(accept=lambda [^`]+)`", " ".join(section.text.split()))
    code = section.code.replace("issuer=issuers, ", "").replace("))\n", f"), {condition})\n")
    assert (code.count("issuer="), code.count(condition)) == (0, 1)
    form = FORMS["Microsoft Entra ID, several tenants: access token of one of several tenants"]
    new_tenant = form.rejected["of a tenant that is not a customer"]
    mismatch = {"of another tenant's issuer": {"tid": new_tenant["tid"]}, "without tenant": {"tid": ABSENT}}
    form = replace(form, accepted={"of a new tenant": new_tenant}, rejected=mismatch)
    assert list(find_failures(build("code", code, form), form, issuer)) == []


def test_every_section_has_both_blocks() -> None:
    assert set(BLOCKS) == {(heading, kind) for heading in read_sections() for kind in KINDS}


def test_table_has_a_row_for_each_form() -> None:
    rows = Counter(row.key for row in read_rows())
    assert rows == Counter(form.key for form in FORMS.values())


@pytest.mark.parametrize("row", read_rows(), ids=lambda row: f"{row.section}: {row.name}")
def test_cells_of_row_say_what_is_tested(row: Row) -> None:
    name = f"{row.section}: {row.name}"
    assert row.result == ("accepted" if FORMS[name].user_id is not None else "rejected")
    assert row.grants == (", ".join(f"{kind}s" for kind, names in FORMS[name].grants.items() if names) or "–")


@pytest.mark.parametrize("heading", read_sections())
def test_section_names_the_source_of_its_form(heading: str) -> None:
    text = " ".join(read_sections()[heading].text.split())
    (form,) = re.findall(r"Form: (.+)", text)
    assert re.search(r"from knowledge|[A-Z][a-z]+ 20\d\d|tested (?:against|in) ", form), form


def test_every_section_has_a_row() -> None:
    assert {row.section for row in read_rows()} == set(read_sections())
