"""The planted faults of the models fit the sources, and the README names them. `make loom-check` finds them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from concurrency.planted_faults import FAULTS, PATCHES, ROOT, apply_patch

HERE = Path(__file__).parent
MODELS = "".join(path.read_text(encoding="utf-8") for path in (HERE / "loom/src").rglob("*_models.rs"))


def test_every_patch_has_a_model_that_finds_it() -> None:
    assert sorted(path.stem for path in PATCHES.glob("*.patch")) == sorted(FAULTS)
    assert set(FAULTS.values()) <= set(re.findall(r"\bfn (\w+)\(\) \{\n", MODELS))


def test_the_readme_has_a_row_for_each_fault() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| `(\w+)` \|$", (HERE / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    assert dict(rows) == FAULTS


@pytest.mark.parametrize("fault", FAULTS)
def test_the_patch_fits_the_sources(fault: str, tmp_path: Path) -> None:
    if shutil.which("patch") is None:
        pytest.skip("patch is not installed")
    (name,) = re.findall(r"^\+\+\+ b/(.+)$", (PATCHES / f"{fault}.patch").read_text(encoding="utf-8"), re.MULTILINE)
    source, copy = ROOT / name, tmp_path / name
    copy.parent.mkdir(parents=True)
    shutil.copy2(source, copy)
    apply_patch(fault, tmp_path)
    assert copy.read_text(encoding="utf-8") != source.read_text(encoding="utf-8")
