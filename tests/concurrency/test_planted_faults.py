"""The planted faults of the models fit the sources, and the README names them. `make loom-check` finds them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from concurrency.planted_faults import FAULTS, PATCHES, ROOT
from support.environment.requirements import require_program
from support.processes.planted_patch import changes_its_file

HERE = Path(__file__).parent
SOURCES = "".join(path.read_text(encoding="utf-8") for path in (HERE / "loom/src").rglob("*_models.rs"))
MODELS = re.findall(r"#\[test\]\nfn (\w+)\(\) \{\n", SOURCES)


def test_every_patch_has_a_model_that_finds_it() -> None:
    assert sorted(path.stem for path in PATCHES.glob("*.patch")) == sorted(FAULTS)
    assert sorted(FAULTS.values()) == sorted(MODELS)


def test_the_page_on_tests_counts_the_models() -> None:
    page = (ROOT / "docs/internals/tests.md").read_text("utf-8")
    assert SOURCES.count("#[test]") == len(MODELS)
    assert f" {len(MODELS)} models," in page


def test_the_readme_has_a_row_for_each_fault() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", (HERE / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert dict(rows) == FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_the_patch_fits_the_sources(fault: str, tmp_path: Path) -> None:
    require_program("patch", "install patch")
    assert changes_its_file(PATCHES / f"{fault}.patch", ROOT, tmp_path)
