"""A hook of mkdocs: each cell of a table carries the name of its column, which a narrow window shows before it."""

from __future__ import annotations

import html
import re
from itertools import chain, repeat
from typing import Any

_TABLE = re.compile(r"<table>(?P<head>.*?)</thead>(?P<rows>.*?)</table>", re.DOTALL)
_NAME = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td\b")
_TAG = re.compile(r"<[^>]+>")


def on_page_content(content: str, **_: Any) -> str:
    """Return the page with the attribute `data-label` in the cells of tables whose columns have names."""
    return _TABLE.sub(_label_table, content)


def _label_table(table: re.Match[str]) -> str:
    names = [html.escape(html.unescape(_TAG.sub("", name)).strip()) for name in _NAME.findall(table["head"])]
    rows = _ROW.sub(lambda row: _label_row(row[0], names), table["rows"])
    return f"<table>{table['head']}</thead>{rows}</table>"


def _label_row(row: str, names: list[str]) -> str:
    labels = chain(names, repeat(""))

    def label(_: re.Match[str]) -> str:
        name = next(labels)
        return f'<td data-label="{name}"' if name else "<td"

    return _CELL.sub(label, row)
