"""An extension of griffe: gives mkdocstrings what the docstrings and the stub of this project have in another form."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from griffe import Extension, Parameters

if TYPE_CHECKING:
    from griffe import Class, Function, Module, Object

_EXAMPLE = re.compile(r"^Example::?\n\n?(?P<code>(?: {4}.*(?:\n|\Z)|\n)+)", re.MULTILINE)


class Docstrings(Extension):  # type: ignore[misc]  # griffe is installed beside mkdocs alone
    """Prepares each object once its package is loaded."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Prepare the docstring of the package itself."""
        _fence_examples(pkg)

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Make blocks of the examples."""
        _fence_examples(obj)

    def on_function(self, *, func: Function, **_: Any) -> None:
        """Hide parameters with an underscore, which only the package passes."""
        func.parameters = Parameters(*(each for each in func.parameters if not each.name.startswith("_")))

    def on_class(self, *, cls: Class, **_: Any) -> None:
        """Show the constructor and the overloaded methods of a class of the stub, and what users call by name."""
        _add_overloaded_methods(cls)
        if "__new__" in cls.members:
            cls.members.setdefault("__init__", _initializer(cls.members["__new__"]))
        shown = {name: member for name, member in cls.members.items() if _is_called_by_name(name)}
        cls.members = dict(sorted(shown.items(), key=lambda item: item[1].lineno or 0))


def _is_called_by_name(name: str) -> bool:
    return not name.startswith("__") or name in {"__init__", "__call__"}


def _fence_examples(obj: Object) -> None:
    """Make a block of Python of the code of each `Example:` section."""
    if obj.docstring is not None:
        obj.docstring.value = _EXAMPLE.sub(_fence_example, obj.docstring.value)


def _fence_example(example: re.Match[str]) -> str:
    return f"**Example:**\n\n```python\n{textwrap.dedent(example['code']).strip()}\n```\n\n"


def _add_overloaded_methods(cls: Class) -> None:
    """Add a member for the overloads of each method, which a stub does not implement: the first has the docstring."""
    for name, overloads in cls.overloads.items():
        if name not in cls.members and overloads:
            method = cls.members[name] = overloads[0]
            method.overloads = list(overloads)
            _fence_examples(method)


def _initializer(constructor: Any) -> Any:
    """Return the `__new__` of a stub as the `__init__` whose parameters are those of the class."""
    constructor.name = "__init__"
    constructor.parameters = Parameters(*list(constructor.parameters)[1:])
    return constructor
