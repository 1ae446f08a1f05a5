"""What the claims of a JWT must say about its session: without a request, and with the hint for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fastjose._authorization.session_requirements import (
    FORBID_IMPERSONATION,
    HAS_SESSION,
    REQUIRE_ACCOUNT,
    build_organization_role_requirement,
)

if TYPE_CHECKING:
    from fastjose._authorization.session_requirements import SessionRequirement

USER = {"sub": "user-1"}
SESSION = {**USER, "sid": "session-1"}
CASES: list[tuple[SessionRequirement, dict[str, Any], tuple[bool, bool]]] = [
    (HAS_SESSION, SESSION, (True, False)),
    (HAS_SESSION, USER, (False, True)),
    (FORBID_IMPERSONATION, SESSION, (True, False)),
    (FORBID_IMPERSONATION, USER, (False, True)),
    (FORBID_IMPERSONATION, {**SESSION, "act": {"sub": "admin-1"}}, (False, False)),
    (FORBID_IMPERSONATION, {**SESSION, "azp": "client-1"}, (False, False)),
    (FORBID_IMPERSONATION, {**SESSION, "client_id": "client-1"}, (False, False)),
    (FORBID_IMPERSONATION, {**SESSION, "azp": "client-1", "act": None}, (True, False)),
    (REQUIRE_ACCOUNT, USER, (True, False)),
    (REQUIRE_ACCOUNT, {**USER, "isAnonymous": True}, (False, False)),
]


ORGANIZATION_CASES: list[tuple[dict[str, Any], tuple[bool, bool]]] = [
    ({**SESSION, "org": {"id": "org-1", "role": "member,admin"}}, (True, False)),
    ({**SESSION, "org": {"id": "org-1", "role": "member"}}, (False, False)),
    ({**USER, "org": {"id": "org-1", "role": "owner"}}, (True, False)),
    (USER, (False, True)),
]


def read_codes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage().split(":", 1)[0] for record in caplog.records]


@pytest.mark.parametrize(("requirement", "claims", "expected"), CASES)
def test_session_requirement_logs_a_hint_only_without_the_session_that_it_needs(
    requirement: SessionRequirement,
    claims: dict[str, Any],
    expected: tuple[bool, bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    is_satisfied, is_logged = expected
    assert requirement.is_satisfied_by(claims) is is_satisfied
    assert read_codes(caplog) == ["session_claims_missing"] * is_logged


@pytest.mark.parametrize(("claims", "expected"), ORGANIZATION_CASES)
def test_organization_role_requirement_accepts_any_of_its_roles(
    claims: dict[str, Any], expected: tuple[bool, bool], caplog: pytest.LogCaptureFixture
) -> None:
    is_satisfied, is_logged = expected
    assert build_organization_role_requirement("owner", "admin").is_satisfied_by(claims) is is_satisfied
    assert read_codes(caplog) == ["session_claims_missing"] * is_logged


def test_session_requirement_refuses_with_403_without_challenge() -> None:
    refusal = HAS_SESSION.refuse()
    assert (refusal.status_code, refusal.detail, refusal.headers) == (
        403,
        "Not authorized to access this resource",
        None,
    )


@pytest.mark.parametrize("roles", [(), ("",), ("owner", " ")])
def test_organization_role_requirement_without_a_name_raises_value_error(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"^at least one role must be given"):
        build_organization_role_requirement(*roles)


def test_organization_role_requirement_with_a_list_raises_type_error() -> None:
    with pytest.raises(TypeError, match=r"^a role must be a str"):
        build_organization_role_requirement(["owner"])  # type: ignore[arg-type]
