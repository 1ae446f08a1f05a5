"""The planted faults of the schedules fit the sources, and the README names them. `make model-faults` finds them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from concurrency.planted_schedules import FAULTS, PATCHES, ROOT
from support.environment.requirements import require_program
from support.processes.planted_patch import changes_its_file

HERE = Path(__file__).parent


def test_every_patch_has_a_search_that_finds_it() -> None:
    assert sorted(path.stem for path in PATCHES.glob("*.patch")) == sorted(FAULTS)
    for search in set(FAULTS.values()):
        *modules, name = search.split("::")
        path = (ROOT / "src").joinpath(*modules)
        source = next(one for one in (path / "mod.rs", path.with_suffix(".rs")) if one.exists()).read_text("utf-8")
        assert f"#[test]\nfn {name}() {{" in source


def test_the_readme_has_a_row_for_each_fault() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| .+ \| `((?:\w+::)+\w+)` \|$", (HERE / "README.md").read_text("utf-8"), re.MULTILINE
    )
    assert {fault: f"jwks::{search}" for fault, search in rows} == FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_the_patch_fits_the_sources(fault: str, tmp_path: Path) -> None:
    require_program("patch", "install patch")
    assert changes_its_file(PATCHES / f"{fault}.patch", ROOT, tmp_path)
