"""`install_as_jose`: make `import jose` return this package, for libraries that import python-jose.

`jose` becomes the small module `jose_module.py`. It has only the names of python-jose, so no other name of `fastjose`
appears under `jose` by accident. `jose.jwt` and the other submodules are the modules of `fastjose` themselves. An
exception class or a patch is therefore the same under both names.
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

_ALIASED_MODULES = frozenset({"backends", "constants", "exceptions", "jwe", "jwk", "jws", "jwt", "utils"})
_JOSE_FILE = os.path.join(os.path.dirname(__file__), "jose_module.py")  # noqa: PTH118, PTH120 - pathlib is slow to import
_ALREADY_IMPORTED = "jose is imported already: call fastjose.install_as_jose() before the first import of jose"
_INSTALL_LOCK = threading.Lock()


def install_as_jose() -> None:
    """Make `import jose` and its submodules return this package, in the whole process.

    Call it once at the start of the program, before the first `import jose`. That import is often in a library.

    Example::

        import fastjose

        fastjose.install_as_jose()

        from jose import jwt  # fastjose.jwt, here and in each library

    `jose.jwt` is then `fastjose.jwt`. This also applies to `jws`, `jwk`, `jwe`, `backends`, `constants`, `exceptions`
    and `utils`. `jose.__version__` is the version of python-jose whose behaviour this package implements. python-jose
    may be installed or not. `importlib.metadata` is not changed, and still reports the installed distributions.

    A second call has no effect. A spawned child process must call it again. A forked child process inherits the alias.

    Raises:
        RuntimeError: python-jose's `jose` was already imported.
    """
    with _INSTALL_LOCK:
        if _FINDER not in sys.meta_path:
            _install()


def _install() -> None:
    """Register the finder, and import `jose` through it.

    Raises:
        RuntimeError: python-jose's `jose` was already imported, or another thread is importing it.
    """
    if any(name == "jose" or name.startswith("jose.") for name in sys.modules.copy()):
        raise RuntimeError(_ALREADY_IMPORTED)
    sys.meta_path.insert(0, _FINDER)
    jose = importlib.import_module("jose")
    if getattr(jose, "__file__", None) != _JOSE_FILE:  # another thread had already found python-jose's module
        sys.meta_path.remove(_FINDER)
        raise RuntimeError(_ALREADY_IMPORTED)


def _aliased_name(name: str) -> str | None:
    """Return the module of `fastjose` for the module `name` of `jose`, or None if it has no such module."""
    path = name.removeprefix("jose.")
    real_name = f"fastjose.{path}"
    if path.partition(".")[0] not in _ALIASED_MODULES:
        return None
    parent = sys.modules.get(real_name.rpartition(".")[0])
    return real_name if PathFinder.find_spec(real_name, getattr(parent, "__path__", [])) else None


# The classes below do not derive from those of `importlib.abc`. Importing it takes longer than importing this package.


class _JoseFinder:
    """A meta path finder for `jose` and its submodules.

    It imports no module. The import system calls it with the global import lock, so an import here could deadlock with
    another thread that is importing the same module.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec for `fullname`, or None for a module that does not belong to this package."""
        del path, target  # both belong to `jose`; the module is searched for in `fastjose`
        if fullname == "jose":
            return _jose_spec()
        real_name = _aliased_name(fullname) if fullname.startswith("jose.") else None
        return ModuleSpec(fullname, _AliasLoader(real_name)) if real_name else None  # type: ignore[arg-type]  # see above


def _jose_spec() -> ModuleSpec:
    """Return the spec of `jose`: a package without search locations, so that only the finder finds its submodules."""
    spec = ModuleSpec("jose", SourceFileLoader("jose", _JOSE_FILE), origin=_JOSE_FILE, is_package=True)
    spec.has_location = True
    return spec


class _AliasLoader:
    """A loader that returns an existing module under a second name."""

    def __init__(self, real_name: str) -> None:
        self._real_name = real_name
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the existing module."""
        del spec  # it describes the second name
        module = importlib.import_module(self._real_name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own spec, which the import system has replaced and `importlib.reload` uses."""
        module.__spec__ = self._spec


_FINDER = _JoseFinder()
