"""A hook of mkdocs for tables: cells carry the name of their column, and long code in a first cell may wrap.

A narrow window shows the name before the cell. docs/assets/site.css keeps names in a first cell whole. A call with all
of its parameters would then leave no room for the cells beside it.
"""

from __future__ import annotations

import html
import re
from itertools import chain, repeat
from typing import Any

_TABLE = re.compile(r"<table>(?P<head>.*?)</thead>(?P<rows>.*?)</table>", re.DOTALL)
_NAME = re.compile(r"<th[^>]*>(.*?)</th>", re.DOTALL)
_ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<td\b")
_CODE = re.compile(r"<code>(.*?)</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_LONGEST_NAME = 40


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

    first, separator, others = _CELL.sub(label, row).partition("</td>")
    return _CODE.sub(_let_long_code_wrap, first) + separator + others


def _let_long_code_wrap(code: re.Match[str]) -> str:
    text = html.unescape(_TAG.sub("", code[1]))
    return f'<code class="wraps">{code[1]}</code>' if len(text) > _LONGEST_NAME and " " in text else code[0]
