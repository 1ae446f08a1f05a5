"""The built docs site: every link has a target, and no page loads anything from another host, also not in a browser.

`support/clients/browser/docs_site.mjs` opens pages on a screen and on a phone, in both palettes. It writes a screenshot
of each into `FASTJOSE_ARTIFACTS`.
"""

from __future__ import annotations

import json
import os
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.clients.browser_script import BROWSER, run_browser_script
from support.documentation.site_build import build_site
from support.documentation.site_links import SitePage, find_target
from support.environment.requirements import require_program
from support.processes.node_packages import require_node_with_packages
from support.servers.tls_server import serve_until_left

PAGES = ("index.html", "guide/credentials/", "reference/environment/", "reference/api/verifier/", "speed/")
"""A page of each kind: text, a table, a long table, the API, plots."""


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing: the browser reports what fails."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site."""
    return build_site(tmp_path_factory.mktemp("docs") / "site")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, SitePage]:
    """Return the pages of the site by their files, without that of missing pages, whose links are absolute."""
    return {path: SitePage(path) for path in sorted(site.rglob("*.html")) if path.name == "index.html"}


def find_broken_links(page: SitePage, site: Path, pages: dict[Path, SitePage]) -> list[str]:
    """Return the links of `page` to a missing file or anchor."""
    broken = []
    for link in page.links:
        target = find_target(page.path, link, site)
        if target is None:
            continue
        file, anchor = target
        if not file.is_file() or (anchor and anchor not in pages[file].anchors):
            broken.append(f"{page.path.relative_to(site)}: {link}")
    return broken


def test_every_link_has_a_target(site: Path, pages: dict[Path, SitePage]) -> None:
    assert [link for page in pages.values() for link in find_broken_links(page, site, pages)] == []


def test_links_to_missing_targets_are_found(site: Path, pages: dict[Path, SitePage], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<p id="a"><a href="#a"></a><a href="#b"></a><a href="c/"></a></p>')
    page = SitePage(tmp_path / "page.html")
    links = find_broken_links(page, tmp_path, {**pages, page.path: page})
    assert links == ["page.html: #b", "page.html: c/"]
    assert site != tmp_path


def test_pages_load_only_files_of_the_site(site: Path, pages: dict[Path, SitePage]) -> None:
    targets = [
        (page.path, address, find_target(page.path, address, site))
        for page in pages.values()
        for address in page.loaded
    ]
    assert len(targets) > 2 * len(pages)
    assert [(path, address) for path, address, target in targets if target is None or not target[0].is_file()] == []


def test_style_sheets_load_only_files_of_the_site(site: Path) -> None:
    addresses = [
        part.split(")")[0].strip("'\"")
        for sheet in site.rglob("*.css")
        for part in sheet.read_text(encoding="utf-8").split("url(")[1:]
    ]
    assert [address for address in addresses if urlsplit(address).netloc] == []


def test_every_page_has_a_title_of_its_own(pages: dict[Path, SitePage]) -> None:
    titles = [page.title for page in pages.values()]
    assert len(set(titles)) == len(titles)
    assert all(title.endswith("fastjose") for title in titles)


def test_every_error_code_has_an_anchor(site: Path, pages: dict[Path, SitePage]) -> None:
    assert {"expired", "keys_unavailable", "banned_user"} <= pages[site / "reference" / "errors" / "index.html"].anchors
    assert {"wrong_secret", "store_failed"} <= pages[site / "guide" / "diagnostics" / "index.html"].anchors


def test_reference_shows_what_the_stub_and_the_docstrings_describe(site: Path, pages: dict[Path, SitePage]) -> None:
    folder = site / "reference" / "api"
    assert {"fastjose.Verifier.verify", "fastjose.RemoteKeySet.fetch"} <= pages[
        folder / "verifier" / "index.html"
    ].anchors
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]
    assert any("allow_short_secret" in text for text in texts)  # a parameter of the constructor in the stub
    unrendered = re.compile(r"Example:(?:</p>|:)|(?<!\w)_names\b")  # code as text; a private parameter
    assert [match[0] for text in texts for match in unrendered.finditer(text)] == []


@pytest.fixture(scope="module")
def report(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what the browser saw."""
    chromium = require_program("chromium", "the test of the docs site needs Debian's chromium")
    node = require_node_with_packages(BROWSER, "the test of the docs site")
    folder = tmp_path_factory.mktemp("browser")
    screenshots = Path(os.environ.get("FASTJOSE_ARTIFACTS") or folder / "screenshots")
    screenshots.mkdir(parents=True, exist_ok=True)
    (folder / "pages").write_text("\n".join(PAGES), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=str(site)))
    with server, serve_until_left(server):
        command = [node, "docs_site.mjs", "--base", f"http://127.0.0.1:{server.server_port}", "--chromium", chromium]
        files = ["--pages", str(folder / "pages"), "--screenshots", str(screenshots.resolve())]
        return json.loads(run_browser_script([*command, *files], folder))


def test_pages_send_no_request_to_another_host(report: Any) -> None:
    assert report["visited"] == [*PAGES]
    assert (report["foreign"], report["failed"], report["errors"]) == ([], [], [])


def test_pages_fit_the_window(report: Any) -> None:
    assert report["wide"] == []


def test_search_finds_a_code(report: Any) -> None:
    assert "/guide/diagnostics/#audience_loopback_name" in report["found"]


def test_call_in_a_first_cell_wraps_and_a_name_stays_whole(site: Path) -> None:
    page = (site / "reference" / "fastapi" / "index.html").read_text(encoding="utf-8")
    first = re.findall(r"<tr>\s*<td[^>]*>(.*?)</td>", page, flags=re.DOTALL)
    wrapping = [code for cell in first for code in re.findall(r'<code class="wraps">(.*?)</code>', cell)]
    assert any(code.startswith("api_verifier(base_url, *, issuer,") for code in wrapping)
    assert all(len(code) > 40 for code in wrapping)
    assert any("<code>require_organization_role(*roles)</code>" in cell for cell in first)


def test_each_cell_under_a_named_column_carries_its_name(site: Path) -> None:
    page = (site / "guide" / "credentials" / "index.html").read_text(encoding="utf-8")
    (table,) = (table for table in re.findall(r"<table>.*?</table>", page, flags=re.DOTALL) if "a mobile or" in table)
    names = re.findall(r"<th>(.*?)</th>", table)
    (row,) = (row for row in re.findall(r"<tr>.*?</tr>", table, flags=re.DOTALL) if "a mobile or" in row)
    assert re.findall(r'<td data-label="([^"]+)"', row) == names
