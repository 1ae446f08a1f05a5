"""The run on sessions finds what an application does wrong, and nothing else.

`make test-e2e-sessions` runs fastjose. `test_sessions_oracle.py` tests how a response is classified.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from end_to_end.sessions.oracle import Verdict
from end_to_end.sessions.report import render_details, render_table
from end_to_end.sessions.run import run
from end_to_end.sessions.settings import BEARER, CACHE_FORMS, Setting
from end_to_end.sessions.tcp_proxy import ProxyState, TcpProxy

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.sessions.report import Report

SECONDS, RATE = 6, 50  # `make test-e2e-sessions` sends more
MAX_IN_FLIGHT = 8  # on a busy machine, more requests wait longer than the application waits for Better Auth
ASKING = "end_to_end.apps.app_get_session:app"
TRUSTING = "end_to_end.apps.app_signature_alone:app"
FORMS = ("bearer", "cookie")


def test_app_that_asks_better_auth_gives_no_wrong_response(tmp_path: Path) -> None:
    report = run(Setting("1.7", forms=(*BEARER, "cookie"), application=ASKING), tmp_path, SECONDS, RATE, MAX_IN_FLIGHT)

    show(report)
    assert report.find_failures() == []
    assert min(report.count_status(status) for status in (200, 401, 503)) > 0
    assert len(report.cases) > 50


def test_app_that_asks_better_auth_about_cookie_caches_gives_no_wrong_response(tmp_path: Path) -> None:
    setting = Setting("1.4", "sessions-jwe", forms=CACHE_FORMS, strategy="jwe", application=ASKING)
    report = run(setting, tmp_path, 0, RATE)

    show(report)
    assert report.find_failures() == []
    assert len(report.cases) > 50


def test_app_that_trusts_signatures_is_found_out(tmp_path: Path) -> None:
    report = run(Setting("1.7", forms=FORMS, application=TRUSTING), tmp_path, SECONDS, RATE, MAX_IN_FLIGHT)

    found = {case.name for case in report.cases if case.verdict is Verdict.FALSE_ACCEPTANCE}
    ended = {"signed out", "revoked", "all revoked", "banned", "removed", "expired", "password alone"}
    assert found >= {f"{form}, {end}" for form in FORMS for end in ended}
    assert found >= {f"{form}, signed, never issued" for form in FORMS}
    assert not any("flipped" in name or "cut" in name or "before" in name for name in found)
    assert report.count(Verdict.FALSE_ACCEPTANCE) > 0
    assert report.count_false(Verdict.FALSE_REJECTION) == 0
    assert any("false acceptance under load" in failure for failure in report.find_failures())


def test_app_that_gives_other_errors_is_found_out(tmp_path: Path) -> None:
    setting = Setting("1.7", forms=("cookie",), application="end_to_end.apps.app_no_verification:app")
    report = run(setting, tmp_path, 0, RATE)

    assert {case.verdict for case in report.cases} == {Verdict.FAILURE}  # it requires another header, and answers 422


def test_proxy_forwards_refuses_or_holds_back() -> None:
    asyncio.run(check_every_state())


async def check_every_state() -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    upstream = await asyncio.start_server(shout, "127.0.0.1", 0)
    async with upstream, TcpProxy("127.0.0.1", upstream.sockets[0].getsockname()[1]) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        assert await ask(reader, writer) == b"HELLO\n"

        await proxy.set_state(ProxyState.SILENT)
        answer = asyncio.create_task(ask(reader, writer))
        await asyncio.sleep(0.1)
        assert not answer.done()
        await proxy.set_state(ProxyState.FORWARDING)
        assert await answer == b"HELLO\n"  # it was held back, not lost

        port = proxy.port
        await proxy.set_state(ProxyState.REFUSING)
        assert await ask(reader, writer) == b""  # closed
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        await proxy.set_state(ProxyState.FORWARDING)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await ask(reader, writer) == b"HELLO\n"
        writer.close()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        writer.write(b"hello\n")
        return await reader.readline()
    except ConnectionError:
        return b""


def show(report: Report) -> None:
    print(render_table([report]), render_details(report), sep="\n")  # noqa: T201 - pytest shows it if the test fails
