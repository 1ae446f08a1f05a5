"""The modules that the code of a page imports or replaces, which must not reach the page after it."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import fastjose
from support.documentation.blocks.markdown import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

EXAMPLES = ROOT / "examples"
"""Other tests import the application there, which has the names of modules that a page can have, too."""

ALIAS = "jose"
"""python-jose, or fastjose under its name after `install_as_jose`."""


@contextlib.contextmanager
def restored_modules(folder: Path) -> Iterator[None]:
    """Forget at the end the modules of `folder`, `fastjose.auth`, and an alias of `jose`; libraries stay imported."""
    before, finders = dict(sys.modules), list(sys.meta_path)
    for name, module in before.items():
        if _is_alias(name) or _is_in(EXAMPLES, module):
            del sys.modules[name]
    forget("fastjose.auth")
    try:
        yield
    finally:
        forget(*(name for name, module in sys.modules.items() if _is_of_page(name, module, folder)))
        sys.modules.update(before)
        sys.meta_path[:] = finders


def forget(*names: str) -> None:
    """Let the next import of each module run it again."""
    for name in names:
        sys.modules.pop(name, None)
        if name == "fastjose.auth":
            vars(fastjose).pop("auth", None)


def _is_alias(name: str) -> bool:
    return name.partition(".")[0] == ALIAS


def _is_of_page(name: str, module: ModuleType, folder: Path) -> bool:
    return _is_alias(name) or name == "fastjose.auth" or _is_in(folder, module)


def _is_in(folder: Path, module: ModuleType) -> bool:
    return any(path.startswith(f"{folder}/") for path in [getattr(module, "__file__", None) or "", *_packages(module)])


def _packages(module: ModuleType) -> list[str]:
    return [f"{path}/" for path in getattr(module, "__path__", ())]
