"""The forms for issues ask for what an answer needs, for no secret, and lead a vulnerability to a private report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fastjose import exceptions

ROOT = Path(__file__).parents[3]
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
PULL_REQUEST = ROOT / ".github" / "pull_request_template.md"
PRIVATE_REPORT = "https://github.com/fastjose/fastjose/security/advisories/new"


@pytest.mark.parametrize("page", ["config.yml", "bug.yml", "../../SECURITY.md"])
def test_a_vulnerability_is_reported_privately(page: str) -> None:
    assert PRIVATE_REPORT in (FORMS / page).read_text(encoding="utf-8")


def test_blank_issues_are_disabled() -> None:
    assert "blank_issues_enabled: false" in (FORMS / "config.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [*sorted(FORMS.glob("*[!g].yml")), PULL_REQUEST], ids=lambda page: page.name)
def test_every_form_warns_against_pasting_secrets(page: Path) -> None:
    assert "Never paste a token" in page.read_text(encoding="utf-8")


def test_bug_form_asks_for_versions_code_and_doctor() -> None:
    form = (FORMS / "bug.yml").read_text(encoding="utf-8")
    assert {"versions", "code", "doctor", "reproduction"} <= set(re.findall(r"^    id: (\w+)$", form, re.MULTILINE))
    assert "`fastjose doctor --json`" in form
    (code,) = re.findall(r"placeholder: (\w+)$", form, re.MULTILINE)
    assert f"`{code}`" in (exceptions.JOSEError.__doc__ or "")


def test_links_to_documentation_name_pages() -> None:
    config = (FORMS / "config.yml").read_text(encoding="utf-8")
    pages = re.findall(r"https://fastjose\.github\.io/fastjose/(\S+)/$", config, re.MULTILINE)
    assert pages
    assert [page for page in pages if not (ROOT / "docs" / f"{page}.md").is_file()] == []


def test_verbs_of_pull_request_template_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = re.findall(r"`make ([a-z-]+)`", PULL_REQUEST.read_text(encoding="utf-8"))
    assert verbs
    assert set(verbs) <= set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
