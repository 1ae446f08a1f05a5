"""The links and resources of a page of the docs site."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

LOADING = {"img": "src", "script": "src", "iframe": "src", "source": "src", "object": "data"}
"""The attribute with what a browser loads, by element; beside `link`, whose `rel` decides."""
LOADING_RELATIONS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "prefetch", "manifest"}


@dataclass
class SitePage(HTMLParser):
    """What one page has: its anchors, its links, and what a browser loads for it."""

    path: Path
    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    title: str = ""

    def __post_init__(self) -> None:
        """Read the page."""
        super().__init__()
        self._is_title = False
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the anchor and the address of an element."""
        values = {name: value or "" for name, value in attrs}
        self._is_title = tag == "title"
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif LOADING.get(tag) in values:
            self.loaded.append(values[LOADING[tag]])
        elif tag == "link" and LOADING_RELATIONS & set(values["rel"].split()):
            self.loaded.append(values["href"])

    def handle_data(self, data: str) -> None:
        """Collect the title."""
        if self._is_title:
            self.title += data
            self._is_title = False


def find_target(page: Path, address: str, site: Path) -> tuple[Path, str] | None:
    """Return the file and the anchor that a relative address leads to; None for another host."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    start = site if parts.path.startswith("/") else page.parent
    target = (start / unquote(parts.path).lstrip("/")).resolve() if parts.path else page
    return (target / "index.html" if target.is_dir() else target), unquote(parts.fragment)
