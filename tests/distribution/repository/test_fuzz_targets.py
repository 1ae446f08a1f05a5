"""Each fuzz target has seeds, a corpus, and planted faults that apply to the sources as they are."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

from fuzz.runner import corpora, processor_time
from fuzz.runner.planted import list_patches
from fuzz.runner.targets import FUZZ, ROOT, TARGETS, Target

if TYPE_CHECKING:
    from pathlib import Path

PATCHES = [(target, patch) for target in TARGETS for patch in list_patches(target)]


def split_patch(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the path of the changed file, and for each hunk the lines before and after the change."""
    head, *hunks = re.split(r"^@@.*\n", text, flags=re.MULTILINE)
    path = re.search(r"^\+\+\+ b/(\S+)$", head, re.MULTILINE)
    assert path is not None

    def select(hunk: str, marks: str) -> str:
        return "".join(line[1:] for line in hunk.splitlines(keepends=True) if line[0] in marks)

    return path[1], [(select(hunk, " -"), select(hunk, " +")) for hunk in hunks]


@pytest.mark.parametrize(("target", "patch"), PATCHES, ids=[f"{target.name}-{patch.stem}" for target, patch in PATCHES])
def test_planted_fault_applies(target: Target, patch: Path) -> None:
    path, hunks = split_patch(patch.read_text(encoding="utf-8"))
    source = (ROOT / path).read_text(encoding="utf-8")
    assert path.startswith("python/" if target.is_python else "src/")
    assert hunks
    for before, after in hunks:
        assert source.count(before) == 1, f"the lines that {patch.name} changes are not in {path}: change the patch"
        assert before != after


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_target_has_inputs_and_sources(target: Target) -> None:
    for kind in ("seeds", "corpora"):
        inputs = corpora.read_inputs(FUZZ / kind / f"{target.name}.txt")
        assert inputs
        assert len(inputs) == len(set(inputs))
    for source in target.sources if not target.is_python else ():
        assert (ROOT / "src" / source).exists(), f"{target.name} names {source}, which does not exist"


def test_every_program_is_a_target() -> None:
    programs = re.findall(
        r'^\[\[bin\]\]\nname = "(\w+)"', (FUZZ / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(programs) == sorted(target.name for target in TARGETS if not target.is_python)
    folders = {path.name for path in (FUZZ / "planted").iterdir()}
    assert folders == {target.name for target in TARGETS}


def test_processor_time_is_added_to_the_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor_time, "TOTALS", tmp_path / "processor_time.json")
    processor_time.add_run("token", 100, 1.5)
    processor_time.add_run("jwk", 7, 0.25)
    processor_time.add_run("token", 20, 2.0)
    totals = processor_time.read_totals()
    assert totals["token"] == processor_time.Total(runs=2, executions=120, seconds=3.5)
    assert totals["jwk"].runs == 1


def test_program_ends_after_its_processor_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "while True: pass"]
    usage = processor_time.run_measured(command, tmp_path / "log", {}, max_seconds=1)
    assert usage.exit_code < 0
    assert usage.seconds > 0.5  # the limit of the kernel counts whole ticks


def test_waiting_is_not_processor_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(1.5); print('awake')"]
    usage = processor_time.run_measured(command, tmp_path / "log", {}, max_seconds=1)
    assert (usage.exit_code, (tmp_path / "log").read_text(encoding="utf-8")) == (0, "awake\n")
