"""Variables that are set twice, in capitals and in small letters: settings ignore the case, and the later one wins."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import dotenv_values

from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from os import PathLike


def find_repeated(names: Collection[str], env_file: str | PathLike[str]) -> list[ConfigurationError]:
    """Return an error for each variable that the process, or the file, sets to different values.

    Args:
        names: The fields of the settings, in small letters.
        env_file: The path of the file, which may be missing.
    """
    file = dotenv_values(env_file) if Path(env_file).is_file() else {}
    errors = [*_find_in("the environment", os.environ, names), *_find_in(Path(env_file).name, file, names)]
    return sorted(errors, key=str)


def _find_in(source: str, variables: Mapping[str, str | None], names: Collection[str]) -> Iterator[ConfigurationError]:
    spellings: dict[str, list[str]] = defaultdict(list)
    for name in variables:
        if name.lower() in names:
            spellings[name.upper()].append(name)
    for variable, found in spellings.items():
        if len({variables[name] for name in found}) > 1:
            yield ConfigurationError(
                f"{variable} must be set once, but {source} has {' and '.join(sorted(found))} with different values: "
                "remove all but one",
                code="conflicting_variables",
                variable=variable,
            )
