"""The page on the architecture is complete: it names every folder and module, and each name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE, CORE = ROOT / "python" / "fastjose", ROOT / "src"
PAGE = (ROOT / "docs" / "internals" / "architecture.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w./]+(?:/|\.(?:py|pyi|rs|toml)))`", PAGE)
WITHOUT_A_ROW = {"__init__.py", "lib.rs"}
"""The modules that only name the others."""


def list_rooms(folder: Path) -> list[str]:
    """Return the modules and folders of `folder`, as the page names them."""
    modules = {path.name for path in folder.iterdir() if path.suffix in {".py", ".rs"}} - WITHOUT_A_ROW
    folders = {f"{path.name}/" for path in folder.iterdir() if any(path.glob("*.py")) or (path / "mod.rs").exists()}
    return sorted(modules | folders)


@pytest.mark.parametrize("name", list_rooms(PACKAGE))
def test_page_names_each_room_of_the_package(name: str) -> None:
    assert re.search(rf"^\|[^|]*`{re.escape(name)}`", PAGE, flags=re.MULTILINE), f"no row has {name}"


@pytest.mark.parametrize("name", list_rooms(CORE))
def test_page_names_each_room_of_the_core(name: str) -> None:
    assert re.search(rf"^\| `src/{re.escape(name)}", PAGE, flags=re.MULTILINE), f"no row has src/{name}"


def find_folders(folder: Path) -> list[str]:
    """Return the folders below the rooms of `folder`, such as `_cli/doctor`."""
    found = [*folder.glob("*/*/__init__.py"), *folder.glob("*/*/mod.rs")]
    return sorted(str(path.parent.relative_to(folder)) for path in found)


@pytest.mark.parametrize("path", [*find_folders(PACKAGE), *find_folders(CORE)])
def test_page_names_each_folder_in_a_room(path: str) -> None:
    assert f"{Path(path).name}/" in PAGE, f"the page lacks {path}"


@pytest.mark.parametrize("name", sorted(set(NAMED)))
def test_name_on_the_page_exists(name: str) -> None:
    parts = Path(name).parts
    found = (*PACKAGE.rglob(parts[-1]), *CORE.rglob(parts[-1]), *ROOT.glob(name))
    assert any(path.parts[-len(parts) :] == parts for path in found), name
