"""`BETTER_AUTH_SECRETS`: the parser against a slow port of Better Auth's `parseSecretsEnv`, and the secrets' keys."""

from __future__ import annotations

import warnings

import atheris

with atheris.instrument_imports(include=["fastjose"]):
    from fastjose._config.keys import shared_secret
    from fastjose.settings import AuthSettings

from fuzz.python.harness import check_error, start

MAX_SAFE_INTEGER = 2**53 - 1
WHITE_SPACE = {0x9, 0xA, 0xB, 0xC, 0xD, 0x20, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF}
WHITE_SPACE |= set(range(0x2000, 0x200B))
SETTINGS = AuthSettings(_env_file=None, jwt_mode="secret", jwt_allow_short_secret=True)  # type: ignore[call-arg]


def trim(text: str) -> str:
    """Return the result of JavaScript's `trim`."""
    start_, end = 0, len(text)
    while start_ < end and ord(text[start_]) in WHITE_SPACE:
        start_ += 1
    while end > start_ and ord(text[end - 1]) in WHITE_SPACE:
        end -= 1
    return text[start_:end]


def parse_int(text: str) -> int | None:
    """Return the result of JavaScript's `parseInt(text, 10)`; None for NaN, and for numbers that are not exact."""
    text = trim(text)
    sign = -1 if text[:1] == "-" else 1
    value, digits = 0, 0
    for character in text[1:] if text[:1] in {"-", "+"} else text:
        if character not in "0123456789":
            break
        value, digits = min(value * 10 + "0123456789".index(character), MAX_SAFE_INTEGER + 1), digits + 1
    return sign * value if digits and value <= MAX_SAFE_INTEGER else None


def read_secrets(text: str) -> list[str] | None:
    """Return the secrets of a value; None for one that Better Auth rejects."""
    versions: list[int] = []
    secrets: list[str] = []
    for entry in text.split(","):
        colon = trim(entry).find(":")
        version = parse_int(trim(entry)[:colon]) if colon >= 0 else None
        secret = trim(trim(entry)[colon + 1 :])
        if version is None or version < 0 or version in versions or not secret:
            return None
        versions.append(version)
        secrets.append(secret)
    return secrets


def check(data: bytes) -> None:
    """Compare both readers, and build the keys of what is accepted."""
    text = data.decode("utf-8", "replace")
    expected = read_secrets(text)
    try:
        found = shared_secret.parse_versioned_secrets(text)
    except ValueError as error:
        check_error(error, text)
        # The operator has quoted the whole value; Better Auth would take the quotes for a part of the last secret.
        assert expected is None or trim(text)[:1] in {'"', "'", "`"}, "a value was rejected that Better Auth accepts"
        return
    assert [secret.value.get_secret_value() for secret in found] == expected, "the secrets are others"
    for position, secret in enumerate(found, 1):
        assert secret.label == f"BETTER_AUTH_SECRETS, entry {position}"
        assert secret.value.get_secret_value() not in repr(secret) or len(secret.value.get_secret_value()) < 30
        check_key(secret)


def check_key(secret: shared_secret.LabelledSecret) -> None:
    """Check that a key is built, or refused without a part of the secret."""
    value = secret.value.get_secret_value()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        shared_secret.warn_of_oddities([secret])
        try:
            key = shared_secret.build_secret_key(secret, "HS256", SETTINGS, is_current=True)
        except ValueError as error:
            check_error(error, value)
        else:
            assert key.algorithms == ["HS256"]
            assert value not in repr(key) or len(value) < 20
    for warning in caught:
        check_error(Warning(str(warning.message)), value)


start(check)
