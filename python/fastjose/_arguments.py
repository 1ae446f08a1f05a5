"""Checks of the arguments of constructors. Each error names the argument, and what it must be.

Without them, a wrong type would be an error of Python within fastjose, or one at each request.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def check_flag(argument: str, value: object) -> bool:
    """Return a bool. The text "false", as of an environment variable, would count as true.

    Raises:
        TypeError: It is not a bool.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{argument} must be True or False")
    return value


def check_text(argument: str, value: Any, example: str) -> str:
    """Return a str; `example` is what it may be.

    Raises:
        TypeError: It is not a str.
    """
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be a str, such as {example}")
    return value


def check_number(argument: str, value: Any) -> float:
    """Return a number of seconds, which may be out of range.

    Raises:
        TypeError: It is not a number.
    """
    if not isinstance(value, int | float):
        raise TypeError(f"{argument} must be a number of seconds")
    return value


def check_leeway(argument: str, value: Any) -> float:
    """Return a number of seconds, 0 or more. With NaN or infinity, a credential would never expire.

    Raises:
        TypeError: It is not a number.
        ValueError: It is negative, infinite or not a number.
    """
    if not 0 <= check_number(argument, value) < math.inf:
        raise ValueError(f"{argument} must be a number of seconds, 0 or more")
    return float(value)


def check_names(argument: str, value: Any, example: str) -> list[str]:
    """Return a list of names; `example` is what one may be.

    Raises:
        TypeError: It is not a list, or another collection, of str.
    """
    names: list[Any] = list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else [None]
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f'{argument} must be a list of names, such as ["{example}"]')
    return names


def list_origins(value: Any) -> list[str]:
    """Return the origins in `trusted_origins`, which may be one of them. Their syntax is not checked.

    Raises:
        TypeError: It is neither a str nor a collection.
    """
    if not isinstance(value, Iterable) or isinstance(value, bytes):
        raise TypeError('trusted_origins must be a list of origins, such as ["https://app.example.com"]')
    return [value] if isinstance(value, str) else list(value)
