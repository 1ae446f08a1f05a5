"""Every error of settings that are read on their own: `fastjose.auth` stops at the first one."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from fastjose._config.auth_options import bearer_options, credential_options, trusted_origins
from fastjose._config.keys.configured_secrets import check_configured_secrets
from fastjose._config.keys.remote_keys import fetch_options
from fastjose._config.keys.sources import check_sources
from fastjose._config.token_policy import check_claims, check_leeway_seconds
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose.settings import AuthSettings


def find_errors(settings: AuthSettings, first: ConfigurationError) -> list[ConfigurationError]:
    """Return the errors of `settings`, at most one of each variable.

    Args:
        settings: The settings.
        first: The error of `fastjose.auth`, which is the first one of the result.
    """
    errors = {first.variable: first}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for read in _READERS:
            error = _find_error(read, settings)
            if error is not None:
                errors.setdefault(error.variable, error)
    return list(errors.values())


def _find_error(read: Callable[[AuthSettings], Any], settings: AuthSettings) -> ConfigurationError | None:
    try:
        read(settings)
    except ConfigurationError as error:
        return error
    return None


def _read_options(settings: AuthSettings) -> None:
    (bearer_options if settings.credentials == ["jwt"] else credential_options)(settings)


def _read_keys(settings: AuthSettings) -> None:
    if "jwt" in settings.credentials:
        build_verifier(settings)


_READERS: tuple[Callable[[AuthSettings], Any], ...] = (
    lambda settings: settings.credentials,
    check_sources,
    lambda settings: settings.issuers,
    lambda settings: settings.audiences,
    lambda settings: settings.client_ids,
    check_configured_secrets,
    lambda settings: check_claims(settings.accepted_claims),
    check_leeway_seconds,
    fetch_options,
    trusted_origins,
    _read_options,
    _read_keys,
)
