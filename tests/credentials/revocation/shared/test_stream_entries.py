"""Revocations as the entries of a stream: what is written is read again, and nonsense is refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from fastjose._core import RevocationList
from fastjose._revocation.entry import Entry, MalformedEntryError

FIELDS: Any = {"kind": "user", "id": "user-1", "until": "2000.5", "at": "1000.25"}


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        (Entry("token", "jti-1", 2_000.5), {"kind": "token", "id": "jti-1", "until": "2000.5"}),
        (Entry("session", "sid-1", 2_000.0), {"kind": "session", "id": "sid-1", "until": "2000.0"}),
        (Entry("user", "user-1", 2_000.5, 1_000.25), FIELDS),
        (Entry("user", "ä", 0.1 + 0.2, 0.0), {"kind": "user", "id": "ä", "until": repr(0.1 + 0.2), "at": "0.0"}),
    ],
)
def test_entry_is_read_as_it_was_written(entry: Entry, fields: dict[str, str]) -> None:
    assert entry.to_fields() == fields
    assert Entry.from_fields(fields) == entry  # type: ignore[arg-type] # its keys are str
    assert Entry.from_fields({name.encode(): value.encode() for name, value in fields.items()}) == entry


def test_unknown_field_and_time_of_another_kind_are_ignored() -> None:
    assert Entry.from_fields({**FIELDS, "by": b"\xff"}) == Entry("user", "user-1", 2_000.5, 1_000.25)
    assert Entry.from_fields({**FIELDS, "kind": "session", "at": "tomorrow"}) == Entry("session", "user-1", 2_000.5)


@pytest.mark.parametrize("time_text", ["-1", "-0.001", "1e11", "100000000000", "nan", "inf", "-inf", "", "x", "1,5"])
@pytest.mark.parametrize("name", ["until", "at"])
def test_time_that_is_no_second_of_the_epoch_is_malformed(name: str, time_text: str) -> None:
    with pytest.raises(MalformedEntryError, match=f"^{name} must be a time in seconds since the epoch$") as raised:
        Entry.from_fields({**FIELDS, name: time_text})
    assert not time_text or time_text not in str(raised.value)


@pytest.mark.parametrize("time_text", ["0", "-0.0", "99999999999.5", "1e10"])
@pytest.mark.parametrize("name", ["until", "at"])
def test_first_and_last_second_are_read(name: str, time_text: str) -> None:
    assert getattr(Entry.from_fields({**FIELDS, name: time_text}), name) == float(time_text)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"kind": None}, "kind must be token, session or user"),
        ({"kind": "User"}, "kind must be token, session or user"),
        ({"kind": b"\xff"}, "kind must be token, session or user"),
        ({"id": None}, "id must not be empty"),
        ({"id": b""}, "id must not be empty"),
        ({"until": None}, "until must be a time in seconds since the epoch"),
        ({"at": None}, "at must be a time in seconds since the epoch"),
    ],
)
def test_field_that_is_missing_or_unknown_is_malformed(changes: dict[str, Any], text: str) -> None:
    fields: Any = {name: value for name, value in {**FIELDS, **changes}.items() if value is not None}
    with pytest.raises(MalformedEntryError, match=f"^{text}$"):
        Entry.from_fields(fields)


def test_entry_revokes_its_own_kind_until_its_time() -> None:
    now = time.time()
    identifiers = {"token": "jti", "session": "sid"}
    for kind, name in identifiers.items():
        revocations, ended = RevocationList(), RevocationList()
        Entry(kind, "x", now + 60).apply_to(revocations)  # type: ignore[arg-type] # a key of the table
        Entry(kind, "x", now - 3_600).apply_to(ended)  # type: ignore[arg-type] # as above
        for other in ("jti", "sid", "sub"):
            identifier: Any = {other: "x"}
            assert revocations.is_revoked(**identifier) is (other == name)
            assert not ended.is_revoked(**identifier)


def test_entry_of_a_user_revokes_the_tokens_up_to_its_time() -> None:
    now, revocations, ended = time.time(), RevocationList(), RevocationList()
    Entry("user", "user-1", now + 60, 1_000).apply_to(revocations)
    Entry("user", "user-1", now - 3_600, 1_000).apply_to(ended)
    assert revocations.is_revoked(sub="user-1", iat=1_000)
    assert not revocations.is_revoked(sub="user-1", iat=1_001)
    assert not revocations.is_revoked(jti="user-1", sid="user-1")
    assert not ended.is_revoked(sub="user-1", iat=1_000)
