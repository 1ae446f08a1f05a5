"""`install_as_jose`: `import jose` gets this package, for libraries that were written for python-jose.

`jose` becomes a small module of its own (`jose_module.py`), not `fastjose`: it has the names and the version that code
for python-jose looks for, and nothing of fastjose's appears under a second name by accident. `jose.jwt` and its kin are
the very modules of fastjose: a class that is caught is the class that was raised, and a patch reaches both.
"""

from __future__ import annotations

import importlib
import os.path
import sys
import threading
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

__all__ = ["install_as_jose"]

_SHARED = frozenset({"backends", "constants", "exceptions", "jwe", "jwk", "jws", "jwt", "utils"})
_TOP_LEVEL = os.path.join(os.path.dirname(__file__), "jose_module.py")  # noqa: PTH118, PTH120 - pathlib is slow to import
_TOO_LATE = "jose is imported already: call fastjose.install_as_jose() before the first import of jose"
_INSTALLING = threading.Lock()


def install_as_jose() -> None:
    """Let `import jose`, and the import of anything under it, get this package from now on, in the whole process.

    Call it once, at the start of the program and before the first `import jose`, which is often made by a library:

        import fastjose

        fastjose.install_as_jose()

        import fastapi_cloudauth  # imports jose

    It does not matter whether python-jose is installed. `jose.jwt` is `fastjose.jwt`, and so for `jws`, `jwk`, `jwe`,
    `backends`, `constants`, `exceptions` and `utils`; `jose.__version__` is that of the python-jose whose behaviour is
    offered. A second call does nothing. Each process needs a call of its own: a child that is spawned begins anew, one
    that is forked does not. `importlib.metadata` tells what is installed, as before.

    Raises:
        RuntimeError: `jose` has been imported already, and is python-jose's.
    """
    with _INSTALLING:
        if _FINDER not in sys.meta_path:
            _install()


def _install() -> None:
    if any(name == "jose" or name.startswith("jose.") for name in sys.modules.copy()):
        raise RuntimeError(_TOO_LATE)
    sys.meta_path.insert(0, _FINDER)
    jose = importlib.import_module("jose")
    if getattr(jose, "__file__", None) != _TOP_LEVEL:  # another thread was about to import python-jose's
        sys.meta_path.remove(_FINDER)
        raise RuntimeError(_TOO_LATE)


def _shared_name(name: str) -> str | None:
    """Return the real name of the module `name`, which is under `jose`, or None if it is not one of ours."""
    path = name.removeprefix("jose.")
    real = f"fastjose.{path}"
    if path.partition(".")[0] not in _SHARED:
        return None
    parent = sys.modules.get(real.rpartition(".")[0])
    return real if PathFinder.find_spec(real, getattr(parent, "__path__", [])) else None


# The classes below derive from none of `importlib.abc`, whose import costs more than that of the whole package.


class _Finder:
    """Finds `jose` and what is under it, before anything on `sys.path` is looked at.

    It imports nothing: the import system asks with its global lock held, and another thread, in the middle of importing
    what was wanted here, would wait for that lock.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load `fullname`; None if it is not ours to say."""
        del path, target  # both are jose's; a module is looked for where it really is
        if fullname == "jose":
            return _top_level_spec()
        real = _shared_name(fullname) if fullname.startswith("jose.") else None
        return ModuleSpec(fullname, _SameModule(real)) if real else None  # type: ignore[arg-type]  # see above


def _top_level_spec() -> ModuleSpec:
    """Return how to load `jose`: a package, with nowhere to search for what the finder does not know."""
    spec = ModuleSpec("jose", SourceFileLoader("jose", _TOP_LEVEL), origin=_TOP_LEVEL, is_package=True)
    spec.has_location = True
    return spec


class _SameModule:
    """Loads a module by giving out one that has a name already."""

    def __init__(self, real: str) -> None:
        self._real = real
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module itself."""
        del spec  # it describes the second name
        module = importlib.import_module(self._real)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back its own spec: the import system has replaced it, and `importlib.reload` goes by it."""
        module.__spec__ = self._spec


_FINDER = _Finder()
