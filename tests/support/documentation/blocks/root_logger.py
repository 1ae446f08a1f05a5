"""The root logger, whose level and handlers a page may configure."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def restored_root_logger() -> Iterator[None]:
    """Give the root logger the level and the handlers of before, at the end: other tests read what it collects."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers
