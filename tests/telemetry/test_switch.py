"""Whether an application has telemetry: in processes with and without OpenTelemetry, and by its variables."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._telemetry import switch
from fastjose._telemetry.measured_authentication import MeasuredAuthentication
from fastjose._verifiers.request_authentication import OneVerifierAuthentication
from fastjose.better_auth import api_verifier
from fastjose.fastapi import BearerAuth
from support.tokens.bearer_tokens import BASE_URL, KEY_SET

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = "import fastapi, sys; sys.modules['opentelemetry'] = None\n"
"""The newest FastAPI itself requires the API: it is imported first."""
APPLICATION = """
from typing import Annotated
from fastapi import Depends, FastAPI
from fastjose import Verifier
from fastjose.fastapi import BearerAuth, CurrentUser
from fastjose.testing import TokenIssuer

tokens = TokenIssuer(audience=None, secret="0123456789abcdef0123456789abcdef", algorithm="HS256")
secret = "0123456789abcdef0123456789abcdef"
auth = BearerAuth(Verifier(secret, algorithms="HS256", check_audience=False))
app = FastAPI()

@app.get("/me")
async def me(user: Annotated[CurrentUser, Depends(auth.current_user)]) -> CurrentUser:
    return user
"""
REQUEST = """
import asyncio, sys, httpx

async def send():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://app.test") as client:
        return await client.get("/me", headers={"Authorization": "Bearer " + tokens.mint_token()})

assert asyncio.run(send()).status_code == 200
"""
PROVIDER = """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
"""
PRINT_METRICS = """
data = reader.get_metrics_data()  # FastAPI has metrics of its own
print(*sorted(metric.name for resource in (data.resource_metrics if data else ()) for scope in resource.scope_metrics
              for metric in scope.metrics if metric.name.startswith("fastjose.")))
"""


def run(code: str, **environment: str) -> str:
    variables = {**os.environ, "FASTJOSE_TELEMETRY": "", **environment}
    return subprocess.run(  # noqa: S603 - the arguments are ours
        [sys.executable, "-W", "error", "-c", code], env=variables, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_process_without_opentelemetry_has_the_same_responses_and_nothing_of_it() -> None:
    end = (
        "print(type(auth._authentication).__name__, *(name for name in sys.modules if 'telemetry.instruments' in name))"
    )
    assert run(BLOCK + APPLICATION + REQUEST + end) == "OneVerifierAuthentication"


@pytest.mark.parametrize(
    ("switched", "expected"), [("", "OneVerifierAuthentication"), ("on", "MeasuredAuthentication")]
)
def test_process_with_the_api_alone_has_telemetry_only_if_asked(switched: str, expected: str) -> None:
    block = "import fastapi, opentelemetry.trace, sys; sys.modules['opentelemetry.sdk'] = None\n"
    end = "print(type(auth._authentication).__name__)"
    assert run(block + APPLICATION + REQUEST + end, FASTJOSE_TELEMETRY=switched) == expected


def test_provider_that_is_set_after_the_import_has_the_metrics() -> None:
    names = run(APPLICATION + PROVIDER + REQUEST + PRINT_METRICS).split()
    assert {"fastjose.authentication.duration", "fastjose.verifications"} <= set(names)


def test_process_that_switches_it_off_has_no_metrics() -> None:
    code = APPLICATION + PROVIDER + REQUEST + PRINT_METRICS
    assert run(code, FASTJOSE_TELEMETRY="off") == ""


@pytest.mark.usefixtures("exported")
@pytest.mark.parametrize("variable", [switch.VARIABLE, switch.USER_ID_VARIABLE])
@pytest.mark.parametrize("value", ["of", "yes please", "2", "canary"])
def test_other_value_is_an_error_without_the_value(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValueError, match=rf"^{variable} must be on \(true, 1\) or off \(false, 0\)$"):
        BearerAuth(api_verifier(BASE_URL, keys=KEY_SET))


MEASURED, PLAIN = MeasuredAuthentication, OneVerifierAuthentication


@pytest.mark.usefixtures("exported")
@pytest.mark.parametrize(
    ("value", "expected"), [("on", MEASURED), ("1", MEASURED), (" ON ", MEASURED), ("", MEASURED), ("off", PLAIN)]
)
def test_switch_decides_when_dependencies_are_built(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: type
) -> None:
    monkeypatch.setenv(switch.VARIABLE, value)
    auth = BearerAuth(api_verifier(BASE_URL, keys=KEY_SET))
    assert isinstance(auth._authentication, expected)


def test_broken_installation_of_opentelemetry_is_logged_and_ignored(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(switch.VARIABLE, "on")
    monkeypatch.setattr(switch, "_created", [])
    monkeypatch.setattr("builtins.__import__", break_import(__import__))
    assert switch.find_telemetry() is None
    assert [record.getMessage() for record in caplog.records] == [
        "telemetry_failed: OpenTelemetry cannot be imported (AttributeError)"
    ]


def break_import(original: Callable[..., Any]) -> Callable[..., Any]:
    def fail(name: str, *arguments: object, **named: object) -> object:
        if name == "opentelemetry":
            raise AttributeError("half of a package")
        return original(name, *arguments, **named)

    return fail
