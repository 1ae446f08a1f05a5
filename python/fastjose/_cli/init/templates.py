"""The templates of the files, which are data of this package."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "templates"
_PACKAGE_FOLDER = _FOLDER / "package"
_SUFFIX = ".txt"
_REPOSITORY = ("models", "repositories")
_DATABASE = "core/database.py"


def render_files(package: str, *, has_repository: bool) -> dict[Path, str]:
    """Return the content of each file by its path in the folder of the application.

    Args:
        package: The dotted name of the package of the application.
        has_repository: Whether to include the database, the model and the repository.
    """
    folder = Path(*package.split("."))
    files = {
        folder / relative: content.replace("@PACKAGE@", package)
        for relative, content in _read_package()
        if has_repository or _is_authentication(relative)
    }
    example = (_FOLDER / f"env.example{_SUFFIX}").read_text(encoding="utf-8")
    return {**files, Path(".env.example"): example}


def _read_package() -> list[tuple[Path, str]]:
    """Return the path of each file in the package, and its template, sorted by path."""
    sources = sorted(_PACKAGE_FOLDER.rglob(f"*{_SUFFIX}"))
    return [
        (source.relative_to(_PACKAGE_FOLDER).with_suffix(""), source.read_text(encoding="utf-8")) for source in sources
    ]


def _is_authentication(relative: Path) -> bool:
    return relative.parts[0] not in _REPOSITORY and relative.as_posix() != _DATABASE
