"""The API reference names every public module of the package, and every name of it that is not shown elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "python" / "fastjose"
PAGES = [path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference" / "api").rglob("*.md")]
SHOWN = {name for page in PAGES for name in re.findall(r"^::: ([\w.]+)$", page, flags=re.MULTILINE)}


def find_public_modules() -> set[str]:
    """Return the modules and packages directly under `fastjose` without an underscore."""
    modules = {path.stem for path in PACKAGE.glob("[a-z]*.py")} | {
        path.parent.name for path in PACKAGE.glob("[a-z]*/__init__.py")
    }
    return {f"fastjose.{module}" for module in modules}


@pytest.mark.parametrize("module", sorted(find_public_modules()))
def test_public_module_is_in_the_reference(module: str) -> None:
    assert module in SHOWN


def test_names_of_the_package_are_in_the_reference() -> None:
    names = re.findall(r'^    "(\w+)",$', (PACKAGE / "__init__.py").read_text(encoding="utf-8"), flags=re.MULTILINE)
    functions_and_classes = {
        f"fastjose.{name}" for name in names if not name.endswith("Error") and name != "__version__"
    }
    assert (
        functions_and_classes
        == {name for name in SHOWN if re.fullmatch(r"fastjose\.(?:[A-Z]\w+|\w+_\w+)", name)} - find_public_modules()
    )
