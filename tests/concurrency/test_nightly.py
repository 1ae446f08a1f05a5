"""The verbs of a nightly toolchain: the planted faults fit the sources. Without it, the verbs skip their tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from concurrency.nightly.__main__ import main, select_tests
from concurrency.nightly.planted_faults import FAULTS, PATCHES
from concurrency.nightly.toolchain import MIRI, ROOT
from support.environment.requirements import require_program
from support.processes.planted_patch import changes_its_file

README = Path(__file__).with_name("README.md").read_text(encoding="utf-8")


def test_every_patch_has_a_tool_and_a_row_in_the_readme() -> None:
    names = sorted(fault.name for fault in FAULTS)
    assert sorted(path.stem for path in PATCHES.glob("*.patch")) == names
    assert sorted(re.findall(r"^\| `(\w+)` \| .+ \| (?:ThreadSanitizer|Miri) \|$", README, re.MULTILINE)) == names


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
def test_the_patch_fits_the_sources(fault: str, tmp_path: Path) -> None:
    require_program("patch", "install patch")
    assert changes_its_file(PATCHES / f"{fault}.patch", ROOT, tmp_path)


def test_what_miri_runs_and_leaves_out_exists() -> None:
    names = [name for name in select_tests(MIRI) if name != "--skip"]
    assert len(names) > 10
    for name in names:
        module, _, test = name.rstrip(":").partition("::tests::")
        path = ROOT / "src" / module.removesuffix("::tests").replace("::", "/")
        files = [path.with_suffix(".rs"), *path.rglob("*.rs")]
        text = "".join(file.read_text(encoding="utf-8") for file in files if file.exists())
        assert f"fn {test}" in text, name


@pytest.mark.parametrize(("required", "status"), [("0", 0), ("1", 1)])
def test_without_the_toolchain_the_tests_are_skipped(
    required: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FASTJOSE_REQUIRE_ALL", required)
    monkeypatch.setattr("sys.argv", ["nightly", "miri"])
    assert main() == status
    assert capsys.readouterr().out == "skipped: rustc is not installed\n"
