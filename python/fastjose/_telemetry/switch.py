"""Whether an application has telemetry. It is decided when its dependencies are built, not at a request."""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastjose._process_locks import ProcessLock
from fastjose._telemetry.observed_verifiers import OBSERVED

if TYPE_CHECKING:
    from fastjose._core import Verifier
    from fastjose._telemetry.telemetry import Telemetry

VARIABLE = "FASTJOSE_TELEMETRY"
USER_ID_VARIABLE = "FASTJOSE_TELEMETRY_USER_ID"

_log = logging.getLogger("fastjose")
_lock = ProcessLock()
_created: list[Telemetry | None] = []


def find_telemetry() -> Telemetry | None:
    """Return the telemetry of this process, or None if it has none.

    Unless the variable decides, it has telemetry if the OpenTelemetry SDK is installed. FastAPI installs the API, which
    alone drops whatever is recorded.

    Raises:
        ValueError: A variable is neither `on` nor `off`.
    """
    if not read_switch(VARIABLE, default=_has_sdk()):
        return None
    has_user_id = read_switch(USER_ID_VARIABLE, default=False)
    with _lock:
        if not _created:
            _created.append(_create())
        telemetry = _created[0]
    return telemetry if telemetry is None or not has_user_id else telemetry.with_user_id()


def observe_verifier(verifier: Verifier, *, is_configured: bool = True) -> None:
    """Report the counts and the key sets of a verifier as long as it lives, if there is telemetry.

    Args:
        verifier: The verifier.
        is_configured: Whether the application has it when it starts. Otherwise it is reported once it has accepted a
            token.
    """
    if find_telemetry() is not None:
        OBSERVED.add(verifier, is_configured=is_configured)


def read_switch(variable: str, *, default: bool) -> bool:
    """Return whether a variable of the process environment is `on`, `true` or `1`.

    Raises:
        ValueError: It is neither that, nor `off`, `false` or `0`. The text does not contain its value.
    """
    value = os.environ.get(variable, "").strip().lower()
    if not value:
        return default
    if value in (*_ON, *_OFF):
        return value in _ON
    raise ValueError(f"{variable} must be on ({', '.join(_ON[1:])}) or off ({', '.join(_OFF[1:])})")


_ON, _OFF = ("on", "true", "1"), ("off", "false", "0")


def _has_sdk() -> bool:
    """Return whether the OpenTelemetry SDK is installed, without importing it."""
    try:
        return find_spec("opentelemetry.sdk") is not None
    except (ImportError, ValueError):  # its parent cannot be imported, or is not a package
        return False


def _create() -> Telemetry | None:
    """Return telemetry for the global providers of OpenTelemetry, which the application may set later."""
    try:
        from opentelemetry import metrics, trace  # noqa: PLC0415 - optional; only an application that has it pays for it
    except ModuleNotFoundError:
        return None
    except Exception as error:  # noqa: BLE001 - a broken installation of it must not break authentication
        _log.warning("telemetry_failed: OpenTelemetry cannot be imported (%s)", type(error).__qualname__)
        return None
    from fastjose._telemetry.telemetry import Telemetry  # noqa: PLC0415 - it needs OpenTelemetry

    return Telemetry.create(metrics.get_meter, trace.get_current_span)
