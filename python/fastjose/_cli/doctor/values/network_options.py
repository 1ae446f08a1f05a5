"""Whether the proxy is a URL, and the files of credentials and certificates for requests can be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fastjose._cli.doctor.environment import reveal
from fastjose._cli.doctor.findings import find
from fastjose._config.setting_values import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._cli.doctor.findings import Finding
    from fastjose.settings import AuthSettings


def check_proxy(settings: AuthSettings) -> Iterator[Finding]:
    """Yield that the proxy has no scheme, as in the variables of some programs. Its value may have a password."""
    value = unquote(reveal(settings.jwks_proxy) or "").strip()
    if value and "://" not in value and value != "environment":
        text = "JWKS_PROXY must be a URL, but has no scheme"
        yield find("invalid_value", text, "write http:// before its host and port: JWKS_PROXY=http://host:port")


def check_files(settings: AuthSettings) -> list[Finding]:
    """Return the files that are read at each request, and cannot be read now.

    A path that leads nowhere may be the secret itself by mistake. Of such a path, only a folder that exists is named.
    """
    return [
        find("file_unreadable", f"{variable} is the path of a file that {problem}", _remedy(variable, value))
        for variable, value in _named_files(settings)
        if (problem := _find_problem(Path(value))) is not None
    ]


def _named_files(settings: AuthSettings) -> Iterator[tuple[str, str]]:
    certificates = {
        "JWKS_CA_CERTIFICATES": settings.jwks_ca_certificates,
        "JWKS_CLIENT_CERTIFICATE": reveal(settings.jwks_client_certificate),
    }
    files = {
        "JWKS_BEARER_TOKEN_FILE": settings.jwks_bearer_token_file,
        **{name: value for name, value in certificates.items() if value and "-----BEGIN" not in value},
    }
    if "opaque" in settings.credentials:
        files["INTROSPECTION_CLIENT_SECRET_FILE"] = settings.introspection_client_secret_file
    for name, value in files.items():
        if value is not None and (path := unquote(value)):
            yield name, path


def _find_problem(path: Path) -> str | None:
    try:
        if not path.exists():
            return f"does not exist{_name_folder(path)}"
        if not path.is_file():
            return f"is not a file but a folder: {str(path)!r}" if path.is_dir() else "is not a regular file"
        with path.open("rb") as file:
            return None if file.read(1) else f"is empty: {str(path)!r}"
    except PermissionError:
        return f"this process may not read: {str(path)!r}"
    except (OSError, ValueError):
        return "cannot be read"


def _name_folder(path: Path) -> str:
    folder = path.absolute().parent
    return f" in {str(folder)!r}" if folder.is_dir() else ", and neither does its folder"


def _remedy(variable: str, value: str) -> str:
    end = " set the path as this process sees it, in its container"
    if not Path(value).is_absolute():
        end = " write an absolute path: this one is relative to the working directory"
    return f"create or mount the file of {variable}, and let this process read it; or{end}"
