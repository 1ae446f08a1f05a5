"""Grants: the roles, scopes and permissions in verified claims, wherever an issuer writes them.

Unless an application names other claims, these grant something:

- **Roles**: the claim `role` of Better Auth's `admin()`, a string with one role or several separated by commas. Also
  the claim `roles`, a list of strings.
- **Scopes**: the claims `scope` and `scp`, separated by spaces (RFC 8693 §4.2, RFC 9068 §2.2.3), or lists of strings.
- **Permissions**: the claim `permissions`, a list of strings. Also an object of lists, as Better Auth's access control
  writes it: `{"task": ["read"]}` grants `task:read`.

A claim of any other type grants nothing. Names are compared exactly, including case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from fastjose._application_functions import close_coroutine, is_coroutine_function
from fastjose._authorization.claim_names import check_claim_names, find_claim
from fastjose._hints.function_failures import log_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

GrantSource: TypeAlias = str | Sequence[str] | Callable[[dict[str, Any]], object]
"""Where roles, scopes or permissions are: a claim or a path, several of them, or a function of the claims."""

GrantReader: TypeAlias = Callable[[Mapping[str, Any]], set[str]]
"""Returns the names that verified claims grant."""


@dataclass(frozen=True)
class Grants:
    """The readers of roles, scopes and permissions of one application.

    Attributes:
        claim_names: The claims that the application names.
    """

    read_roles: GrantReader
    read_scopes: GrantReader
    read_permissions: GrantReader
    claim_names: frozenset[str] = frozenset()


def build_grants(
    roles: GrantSource | None = None, scopes: GrantSource | None = None, permissions: GrantSource | None = None
) -> Grants:
    """Return the readers for what an application names; None for the default claims.

    Raises:
        TypeError: A source is neither a str, a list of str nor a plain function.
        ValueError: A name is empty, or a list is.
    """
    return Grants(
        extract_roles if roles is None else _reader("roles", roles, partial(_granted_names, separator=",")),
        extract_scopes if scopes is None else _reader("scopes", scopes, partial(_granted_names, separator=" ")),
        extract_permissions if permissions is None else _reader("permissions", permissions, _granted_permissions),
        frozenset(_members_of_claims(roles, scopes, permissions)),
    )


def _members_of_claims(*sources: GrantSource | None) -> Iterator[str]:
    """Yield the claims from which checked sources read: a name with a dot is a claim, or begins with one."""
    for source in sources:
        for name in () if source is None or callable(source) else [source] if isinstance(source, str) else source:
            yield from (name, name.split(".")[0])


def extract_roles(claims: Mapping[str, Any]) -> set[str]:
    """Return the roles in the default claims."""
    return _union_of_strings(claims.get("role"), claims.get("roles"), ",")


def extract_scopes(claims: Mapping[str, Any]) -> set[str]:
    """Return the scopes in the default claims."""
    return _union_of_strings(claims.get("scope"), claims.get("scp"), " ")


def extract_permissions(claims: Mapping[str, Any]) -> set[str]:
    """Return the permissions in the default claim."""
    permissions = claims.get("permissions")
    if isinstance(permissions, dict):
        return set(_names_of_actions(permissions))
    return _string_set(permissions, ",")


def _reader(kind: str, source: GrantSource, read_value: Callable[[object], set[str]]) -> GrantReader:
    """Return the reader for `source`. `read_value` returns the names that the value of a claim grants."""
    if callable(source):
        return _reader_of_function(kind, source, read_value)
    names = check_claim_names(kind, source)

    def read_claims(claims: Mapping[str, Any]) -> set[str]:
        return set().union(*(read_value(find_claim(claims, name)) for name in names))

    return read_claims


def _reader_of_function(
    kind: str, function: Callable[[dict[str, Any]], object], read_value: Callable[[object], set[str]]
) -> GrantReader:
    """Return the reader for a function of the application. What fails in it grants nothing."""
    if is_coroutine_function(function):
        raise TypeError(f"{kind} must be a plain function of the claims, not a coroutine function")

    return lambda claims: read_value(_call_function(kind, function, claims))


def _call_function(kind: str, function: Callable[[dict[str, Any]], object], claims: Mapping[str, Any]) -> object:
    """Return what `function` returns, in the form of a claim, or None if it fails."""
    try:
        result = function(dict(claims))
        result = list(result) if isinstance(result, tuple | set | frozenset) else result
    except Exception as error:  # noqa: BLE001 - a function of the application: whatever fails in it grants nothing
        log_failure("grants_failed", f"{kind} raised {type(error).__qualname__}")
        return None
    if result is None or isinstance(result, str | list | dict):
        return result
    close_coroutine(result)
    log_failure("grants_failed", f"{kind} returned an object of {type(result).__qualname__}")
    return None


def _granted_names(value: object, separator: str) -> set[str]:
    """Return the names that a claim which the application names grants."""
    if isinstance(value, dict):
        return {name for name, member in value.items() if _counts(member)} - {""}
    if isinstance(value, list):
        return _string_set(value, separator) | set(_keys_of_objects(value))
    return _string_set(value, separator)


def _granted_permissions(value: object) -> set[str]:
    """Return the permissions that a claim which the application names grants."""
    if not isinstance(value, dict):
        return _granted_names(value, ",")
    without_lists = {name: member for name, member in value.items() if not isinstance(member, list)}
    return set(_names_of_actions(value)) | _granted_names(without_lists, ",")


def _counts(member: object) -> bool:
    """Return whether the name of a member of an object counts: Zitadel writes objects, others `true`."""
    return member is True or (isinstance(member, dict | list) and bool(member))


def _keys_of_objects(items: list[Any]) -> Iterator[str]:
    """Yield `key` of the objects in a list, as Kinde writes roles."""
    for item in items:
        key = item.get("key") if isinstance(item, dict) else None
        if isinstance(key, str) and key:
            yield key


def _names_of_actions(permissions: Mapping[str, Any]) -> Iterator[str]:
    """Yield `resource:action` for each action of each resource."""
    for resource, actions in permissions.items():
        yield from (f"{resource}:{action}" for action in _string_set(actions, ","))


def _union_of_strings(one: object, other: object, separator: str) -> set[str]:
    names = _string_set(one, separator)
    return names if other is None else names | _string_set(other, separator)


def _string_set(value: object, separator: str) -> set[str]:
    """Return the non-empty strings of a list, or the parts of a string. Return an empty set for any other type."""
    if isinstance(value, str):
        if separator not in value:
            name = value.strip(" ")
            return {name} if name else set()
        return {part.strip(" ") for part in value.split(separator)} - {""}
    if isinstance(value, list):
        return {member for member in value if isinstance(member, str)} - {""}
    return set()
