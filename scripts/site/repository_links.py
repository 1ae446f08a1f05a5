"""A hook of mkdocs: links from a page under `docs/` to other files of the repository work on the site, too.

On GitHub, `../SECURITY.md` is a relative link. On the site, it leads to the repository, and an image is copied.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

_LINK = re.compile(r"(?P<before>(?P<image>!)?\[[^\]]*\]\()(?P<path>(?:\.\./)+[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_IMAGES = "repository"
"""The folder of the site with the copied images."""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return the page with each link that leaves `docs/` replaced; the others stay.

    Raises:
        PluginError: The repository has no such file.
    """
    folder = posixpath.dirname(page.file.src_uri)

    def replace(link: re.Match[str]) -> str:
        outside = posixpath.relpath(posixpath.join("docs", folder, link["path"]))
        if outside.startswith("docs/"):
            return link[0]
        root = Path(config.config_file_path).parent
        if not (root / outside).exists():
            raise PluginError(f"the link {link['path']} of {page.file.src_uri} must lead to a file of the repository")
        if link["image"]:
            return f"{link['before']}{_copy_image(root / outside, folder, config, files)})"
        kind = "tree" if (root / outside).is_dir() else "blob"
        return f"{link['before']}{config.repo_url}/{kind}/main/{outside}{link['anchor'] or ''})"

    return _LINK.sub(replace, markdown)


def _copy_image(image: Path, folder: str, config: Any, files: Files) -> str:
    """Add the image to the site, and return its path relative to `folder`."""
    target = f"{_IMAGES}/{image.name}"
    if files.get_file_from_path(target) is None:
        files.append(File.generated(config, target, abs_src_path=os.fspath(image)))
    return posixpath.relpath(target, folder or ".")
