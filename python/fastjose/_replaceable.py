"""Detection of replaced functions: code that patches a private name of python-jose expects the patch to take effect."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def watch_names(module: str, names: Iterable[str]) -> set[str]:
    """Watch attributes of a module, so that a fast path needs one check for all of them.

    Args:
        module: The name of a module in `sys.modules`.
        names: The names of its attributes.

    Returns:
        The names that are currently replaced. The set is updated by every assignment to such an attribute, as by
        `mock.patch`. It is empty while the module has its original attributes.
    """
    watched = sys.modules[module]
    originals = {name: getattr(watched, name) for name in names}
    replaced: set[str] = set()

    class WatchedModule(ModuleType):
        """A module that records assignments to the watched names."""

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name in originals:
                (replaced.discard if value is originals[name] else replaced.add)(name)

    watched.__class__ = WatchedModule
    return replaced
