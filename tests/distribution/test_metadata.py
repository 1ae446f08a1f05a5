"""The metadata for the package index is correct: its URLs, its versions of CPython, and the links of the README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
REPOSITORY = "https://github.com/fastjose/fastjose"


def read_links(markdown: str, definitions: dict[str, Any] | None = None) -> Iterator[tuple[bool, str]]:
    """Yield whether it is an image, and the target, of each link that CommonMark finds."""
    for block in MarkdownIt().enable("table").parse(markdown, {} if definitions is None else definitions):
        for token in block.children or []:
            if token.type in {"link_open", "image"}:
                is_image = token.type == "image"
                yield is_image, str(token.attrs["src" if is_image else "href"])


def test_links_of_readme_are_absolute() -> None:
    """The package index shows the README, and has none of the other files."""
    targets = [target for _, target in read_links(README)]
    assert len(targets) >= 20
    assert [target for target in targets if not target.startswith("https://")] == []


def test_links_of_readme_have_definitions_at_its_end() -> None:
    """A name without a definition would be shown as text, and a definition without a link is left over."""
    definitions: dict[str, Any] = {}
    targets = {target for _, target in read_links(README, definitions)}
    assert re.findall(r"\]\(([^)]+)\)", README) == []
    names = {name.upper() for name in re.findall(r"\]\[([^\]]+)\]", README)}
    assert names == set(definitions["references"])
    assert targets == {each["href"] for each in definitions["references"].values()}
    assert re.fullmatch(r"(?:\[[\w-]+\]: \S+\n)+", README.rpartition("\n\n")[2])


def test_links_of_readme_to_repository_name_files_of_the_tree() -> None:
    """A page is linked below `blob`, a folder below `tree`, and an image on the host that serves its bytes."""
    names = {
        f"{REPOSITORY}/blob/main/": Path.is_file,
        f"{REPOSITORY}/tree/main/": Path.is_dir,
        "https://raw.githubusercontent.com/fastjose/fastjose/main/": Path.is_file,
    }
    for is_image, target in read_links(README):
        if "/fastjose/" not in target:
            continue
        (prefix,) = [prefix for prefix in names if target.startswith(prefix)]
        assert names[prefix](ROOT / target.removeprefix(prefix).partition("#")[0]), target
        assert is_image == prefix.startswith("https://raw."), target


def test_urls_of_project_are_those_of_the_site() -> None:
    urls = dict(re.findall(r'^(\w+) = "(https://[^"]+)"$', PYPROJECT, flags=re.MULTILINE))
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert re.findall(r"^(?:site|repo)_url: (\S+)$", site, flags=re.MULTILINE) == [
        urls["Documentation"],
        urls["Source"],
    ]
    assert urls["Source"] == REPOSITORY
    assert all(url.startswith(REPOSITORY) for name, url in urls.items() if name != "Documentation")


def test_classifiers_name_the_tested_versions() -> None:
    minors = [int(minor) for minor in re.findall(r'"Programming Language :: Python :: 3\.(\d+)"', PYPROJECT)]
    (oldest,) = re.findall(r'^requires-python = ">=3\.(\d+)"$', PYPROJECT, flags=re.MULTILINE)
    script = (ROOT / "scripts" / "test_wheel.py").read_text(encoding="utf-8")
    (newest,) = re.findall(r"^NEWEST_MINOR = (\d+)$", script, flags=re.MULTILINE)
    assert minors == list(range(int(oldest), int(newest) + 1))


def test_readme_names_the_oldest_rust() -> None:
    cargo = (ROOT / "Cargo.toml").read_text(encoding="utf-8")
    (oldest,) = re.findall(r'^rust-version = "([\d.]+)"$', cargo, flags=re.MULTILINE)
    assert f"Rust {oldest} or newer" in README
    assert f"Rust {oldest} or newer" in (ROOT / "docs" / "internals" / "release.md").read_text(encoding="utf-8")
