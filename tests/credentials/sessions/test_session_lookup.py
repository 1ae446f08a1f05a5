"""One call of a store for a session: what it raises, what it returns, and which sessions are revoked."""

from __future__ import annotations

import asyncio
import datetime as dt
import linecache
import warnings
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._sessions import empty_table
from fastjose._sessions.empty_table import CHECK_ROWS_AFTER, WARN_AFTER, UnansweredTokens
from fastjose._sessions.lookup import ask_for_roles, call_store, look_up_session, validate_answer
from fastjose._sessions.revocation import check_not_revoked, check_revocations
from fastjose._sessions.session import Session
from fastjose._sessions.session_token import SessionToken
from fastjose.exceptions import ConfigurationWarning, SessionError, StoreUnavailableError
from fastjose.revocation import RevocationList
from support.better_auth.sessions import TOKEN, RecordedLookup, make_record

if TYPE_CHECKING:
    from collections.abc import Iterator

SESSION_TOKEN = SessionToken(TOKEN, raw=TOKEN)
NO_FIELDS: frozenset[str] = frozenset()


def test_store_is_asked_with_the_token_and_its_answer_is_validated() -> None:
    store = RecordedLookup(make_record(tenant="acme"))
    session, claims = asyncio.run(look_up_session(store, SESSION_TOKEN, frozenset({"tenant"})))
    assert (session.id, claims["sub"], claims["tenant"], store.tokens) == ("session-1", "user-1", "acme", [TOKEN])
    store.answer = make_record({"token": "another"})
    with pytest.raises(SessionError):
        asyncio.run(look_up_session(store, SESSION_TOKEN, NO_FIELDS))


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), SessionError("ended")])
def test_error_of_fastjose_is_raised_as_it_is(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        asyncio.run(call_store(RecordedLookup(error), TOKEN))
    assert raised.value is error
    with pytest.raises(type(error)) as raised:
        validate_answer(fail)
    assert raised.value is error
    assert not caplog.records


def test_other_error_of_a_store_is_logged_by_its_class_alone(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(StoreUnavailableError, match=r"^the look-up of the credential failed") as raised:
        asyncio.run(call_store(RecordedLookup(LookupError(TOKEN)), TOKEN))
    assert raised.value.__context__ is None
    assert caplog.messages == ["store_failed: the look-up of a credential raised LookupError"]


def test_other_error_of_a_validation_is_logged_by_its_class_alone(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise LookupError(TOKEN)

    with pytest.raises(StoreUnavailableError, match=r"^the store returned values that cannot be") as raised:
        validate_answer(fail)
    assert raised.value.__context__ is None
    assert caplog.messages == ["store_failed: the validation of what a store returned raised LookupError"]
    assert validate_answer(lambda: 5) == 5


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["owner", None, 1, "admin"], ["owner", "admin"]),
        (("owner",), ["owner"]),
        ({"owner"}, ["owner"]),
        (frozenset({"owner"}), ["owner"]),
        ([], []),
    ],
)
def test_roles_of_a_store_are_the_texts_of_a_collection(roles: Any, expected: list[str]) -> None:
    async def find_roles(*arguments: Any) -> Any:
        assert arguments == ("token", "user-1", "org-1")
        return roles

    assert asyncio.run(ask_for_roles(find_roles, "token", "user-1", "org-1")) == expected


@pytest.mark.parametrize("roles", ["owner", None, {"owner": True}, 1])
def test_roles_that_are_not_a_collection_are_no_verdict(roles: Any) -> None:
    async def find_roles() -> Any:
        return roles

    with pytest.raises(StoreUnavailableError, match=r"^find_organization_roles must return a list of roles"):
        asyncio.run(ask_for_roles(find_roles))


# --- Revoked sessions ---


def make_session(**changes: Any) -> Session:
    return Session(
        **{"id": "session-1", "user_id": "user-1", "created_at": dt.datetime.now(dt.timezone.utc), **changes}
    )


def is_revoked(revocations: Any, session: Session) -> bool:
    try:
        check_not_revoked(revocations, session)
    except SessionError as error:
        return error.code == "session_revoked"
    return False


@pytest.mark.parametrize("is_shared", [False, True])
def test_revoked_session_is_rejected(is_shared: bool) -> None:  # noqa: FBT001 - a pytest parameter
    local = RevocationList()
    revocations: Any = SimpleNamespace(local=local) if is_shared else local
    assert not is_revoked(None, make_session())
    assert not is_revoked(revocations, make_session())
    local.revoke_session("session-1")
    assert is_revoked(revocations, make_session())
    assert not is_revoked(revocations, make_session(id="session-2"))
    assert not is_revoked(revocations, make_session(id=""))


def test_session_that_began_before_its_user_was_revoked_is_rejected() -> None:
    revocations = RevocationList()
    revocations.revoke_user("user-1")
    now = dt.datetime.now(dt.timezone.utc)
    for created, expected in (
        (now - dt.timedelta(days=1), True),
        (dt.datetime(1960, 1, 1, tzinfo=dt.timezone.utc), True),
        (None, True),
        (now + dt.timedelta(days=1), False),
    ):
        assert is_revoked(revocations, make_session(id="", created_at=created)) is expected, created
    assert not is_revoked(revocations, make_session(user_id="user-2", created_at=None))


def test_session_of_an_earlier_century_counts_as_of_1970() -> None:
    revocations = RevocationList()
    revocations.revoke_user("user-1", at=0.5, until=4e9)
    for year, expected in ((1960, True), (1970, True), (1971, False)):
        session = make_session(id="", created_at=dt.datetime(year, 1, 1, tzinfo=dt.timezone.utc))
        assert is_revoked(revocations, session) is expected


def test_id_that_is_not_unicode_is_rejected() -> None:
    class Surrogates(SimpleNamespace):
        id, user_id, created_at = "session-1", "\ud800", None

    session: Any = Surrogates()
    assert is_revoked(RevocationList(), session)


def test_list_of_revocations_is_recognized() -> None:
    for accepted in (None, RevocationList(), SimpleNamespace(local=RevocationList())):
        check_revocations(accepted)
    wrong: list[Any] = [[], "list", SimpleNamespace(local=[]), SimpleNamespace(other=RevocationList())]
    for refused in wrong:
        with pytest.raises(TypeError, match=r"^revocations must be a RevocationList, RedisRevocations or None"):
            check_revocations(refused)


# --- The warning that the table has no sessions ---


def count_unknown(tokens: UnansweredTokens, times: int, token: str = "A" * 32) -> list[bool]:
    return [tokens.should_count_rows(token, is_found=False) for _ in range(times)]


def warnings_of(tokens: UnansweredTokens) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tokens.warn_once()
    assert all(warning.category is ConfigurationWarning for warning in caught)
    return [str(warning.message).partition(":")[0] for warning in caught]


def test_rows_are_counted_once_after_ten_unknown_tokens() -> None:
    tokens = UnansweredTokens()
    assert count_unknown(tokens, 5, "not a token") == [False] * 5
    assert count_unknown(tokens, CHECK_ROWS_AFTER + 1) == [*[False] * (CHECK_ROWS_AFTER - 1), True, False]
    assert warnings_of(tokens) == []
    tokens.is_table_empty = True
    assert warnings_of(tokens) == ["the session table is empty"]
    assert warnings_of(tokens) == []


def test_hundred_unknown_tokens_are_warned_of_once() -> None:
    tokens = UnansweredTokens()
    count_unknown(tokens, WARN_AFTER - 1)
    assert warnings_of(tokens) == []
    count_unknown(tokens, 1)
    assert warnings_of(tokens) == ["the session table has none of the first 100 tokens"]
    assert warnings_of(tokens) == []
    assert count_unknown(tokens, CHECK_ROWS_AFTER) == [False] * CHECK_ROWS_AFTER


def test_one_known_token_ends_the_count() -> None:
    tokens = UnansweredTokens()
    count_unknown(tokens, CHECK_ROWS_AFTER - 1)
    assert tokens.should_count_rows("any", is_found=True) is False
    assert count_unknown(tokens, WARN_AFTER) == [False] * WARN_AFTER
    tokens.is_table_empty = True
    assert warnings_of(tokens) == []


def test_token_that_another_thread_has_found_meanwhile_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = UnansweredTokens()

    @contextmanager
    def find_meanwhile() -> Iterator[None]:
        tokens._count = None
        yield

    monkeypatch.setattr(empty_table, "_lock", find_meanwhile())
    assert tokens.should_count_rows("A" * 32, is_found=False) is False


def test_warning_names_the_caller_of_the_store() -> None:
    tokens = UnansweredTokens()
    tokens.is_table_empty = True

    def call_store() -> None:
        tokens.warn_once()

    def call_application() -> None:
        call_store()  # the warning names this line

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call_application()
    assert (
        linecache.getline(caught[0].filename, caught[0].lineno).strip() == "call_store()  # the warning names this line"
    )
