"""`JWT_PUBLIC_KEY` in the forms in which consoles, shells, editors and containers pass it on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastjose import jwk, sign_token
from fastjose._config.verifier_from_settings import build_verifier
from fastjose.exceptions import ConfigurationWarning, JWTError
from support.environment.auth_settings import make_settings
from support.environment.fresh_import import load_auth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RSA = rsa.generate_private_key(65_537, 2_048)
PRIVATE_KEYS: dict[str, Any] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSA),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
CLAIMS = {"sub": "user-1", "exp": 4_000_000_000}


def private_pem(algorithm: str) -> str:
    pem: bytes = PRIVATE_KEYS[algorithm].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def public_pem(algorithm: str, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    pem: bytes = PRIVATE_KEYS[algorithm].public_key().public_bytes(Encoding.PEM, form)
    return pem.decode()


def public_jwk(algorithm: str, **members: Any) -> dict[str, Any]:
    key: dict[str, Any] = jwk.construct(public_pem(algorithm), algorithm).to_dict()
    return {**{name: value for name, value in key.items() if name != "alg"}, **members}


def sign(algorithm: str, **header: Any) -> str:
    return sign_token(CLAIMS, private_pem(algorithm), algorithm=algorithm, header=header or None)


def quoted_json(text: str) -> str:
    return json.dumps(text)


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "literal line feeds": lambda pem: pem.replace("\n", "\\n"),
    "twice escaped line feeds": lambda pem: pem.replace("\n", "\\\\n"),
    "literal CR LF": lambda pem: pem.replace("\n", "\\r\\n"),
    "CR LF": lambda pem: pem.replace("\n", "\r\n"),
    "double quotes": lambda pem: f'"{pem}"',
    "double quotes and literal line feeds": quoted_json,
    "single quotes and literal line feeds": lambda pem: f"'{pem}'".replace("\n", "\\n"),
    "spaces for line feeds": lambda pem: pem.replace("\n", " "),
    "byte order mark": lambda pem: f"\ufeff{pem}",
    "white space around": lambda pem: f"\n  {pem}\t\r\n",
    "typographic quotes": lambda pem: f"\u201c{pem}\u201d",
    "without the first and last line": lambda pem: "".join(pem.strip().split("\n")[1:-1]),
    "without the first and last line, with line feeds": lambda pem: "\n".join(pem.strip().split("\n")[1:-1]),
}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("form", FORMS)
def test_pem_in_each_form_verifies(form: str, algorithm: str) -> None:
    verifier = build_verifier(make_settings(jwt_public_key=FORMS[form](public_pem(algorithm))))
    assert verifier.verify(sign(algorithm)) == CLAIMS
    assert verifier.algorithms == [algorithm]


@pytest.mark.parametrize("algorithm", PRIVATE_KEYS)
def test_jwt_algorithm_narrows_the_key(algorithm: str) -> None:
    verifier = build_verifier(make_settings(jwt_public_key=public_pem(algorithm), jwt_algorithm=algorithm))
    assert verifier.algorithms == [algorithm]
    assert verifier.verify(sign(algorithm)) == CLAIMS


@pytest.mark.parametrize("algorithm", PRIVATE_KEYS)
def test_key_without_jwt_algorithm_verifies_one_algorithm(algorithm: str) -> None:
    verifier = build_verifier(make_settings(jwt_public_key=public_pem(algorithm)))
    if algorithm[0] in "RP" and algorithm != "RS256":
        with pytest.raises(JWTError) as raised:
            verifier.verify(sign(algorithm))
        assert raised.value.code == "algorithm_not_allowed"
    else:
        assert verifier.verify(sign(algorithm)) == CLAIMS


def test_pkcs_1_is_accepted() -> None:
    verifier = build_verifier(make_settings(jwt_public_key=public_pem("RS256", PublicFormat.PKCS1)))
    assert verifier.verify(sign("RS256"))


def test_ed25519_is_the_other_name_of_eddsa() -> None:
    verifier = build_verifier(make_settings(jwt_public_key=public_pem("EdDSA"), jwt_algorithm="Ed25519"))
    assert verifier.verify(sign("EdDSA"))


@pytest.mark.parametrize("form", [str, "'{}'".format, " \n{}\r\n".format, quoted_json])
def test_jwk_and_set_in_each_form_verify(form: Callable[[str], str]) -> None:
    keys = [public_jwk("RS256", kid="r"), public_jwk("ES256", kid="e"), public_jwk("RS256", use="enc", alg="RSA-OAEP")]
    verifier = build_verifier(make_settings(jwt_public_key=form(json.dumps({"keys": keys}))))
    assert verifier.verify(sign("RS256", kid="r"))
    assert verifier.verify(sign("ES256", kid="e"))
    assert build_verifier(make_settings(jwt_public_key=form(json.dumps(keys[1])))).verify(sign("ES256"))


def test_jwt_algorithm_narrows_a_set() -> None:
    keys = {"keys": [public_jwk("RS256"), public_jwk("ES256")]}
    verifier = build_verifier(make_settings(jwt_public_key=json.dumps(keys), jwt_algorithm="ES256"))
    assert verifier.algorithms == ["ES256"]


@pytest.mark.parametrize(
    "content", [public_pem("ES256"), f"\ufeff{public_pem('ES256')}", json.dumps(public_jwk("ES256"))]
)
@pytest.mark.parametrize("path", ["key.pem", "new\\nkey.pem", "{directory}/key.pem", "'key.pem'", " key.pem\r"])
def test_path_of_a_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("key.pem", "new\\nkey.pem"):
        (tmp_path / name).write_text(content, encoding="utf-8")
    verifier = build_verifier(make_settings(jwt_public_key=path.format(directory=tmp_path)))
    assert verifier.verify(sign("ES256"))


INVALID: list[tuple[str, str]] = [
    ("nonsense", "neither PEM nor JSON, and no file has this path"),
    (" ", "neither PEM nor JSON"),
    ("''", "neither PEM nor JSON"),
    ("$JWT_PUBLIC_KEY", "neither PEM nor JSON"),
    ("x" * 5_000, "neither PEM nor JSON"),
    ("a\0b", "neither PEM nor JSON"),
    ("https://hunter22.example/jwks", "set JWKS_URL"),
    ("{directory}", "cannot be read: Is a directory"),
    ("{directory}/missing.pem", "no file has this path"),
    ("{directory}/binary", "must be UTF-8 text"),
    ("{directory}/utf-16", "must be UTF-8 text"),
    ("{directory}/empty", "the file contains neither"),
    ("{directory}/path", "the file contains neither"),
    ("{{}}", "no key that verifies"),
    ('{{"keys": []}}', "no key that verifies"),
    ('{{"keys": 5}}', "no key that verifies"),
    ('{{"keys": [5]}}', "not an object"),
    ('{{"keys": [{{"kty": "RSA", "use": "enc"}}]}}', "no key that verifies"),
    ('{{"hunter22": ', "no key that verifies"),
    ('{{"a":' * 100_000, "no key that verifies"),
    ('{{"kid-1": "-----BEGIN CERTIFICATE-----"}}', "key 1"),
    ('{{"kty": "OKP"}}', "JWT_PUBLIC_KEY, key 1"),
    ("-----BEGIN PUBLIC KEY-----", "JWT_PUBLIC_KEY, key 1"),
    ("-----BEGIN PUBLIC KEY-----\nhunter22\n-----END PUBLIC KEY-----", "JWT_PUBLIC_KEY, key 1"),
    ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIhunter22", "neither PEM nor JSON"),
    (public_pem("RS256") + public_pem("ES256"), "must have one public key as PEM: set several as a JWK Set"),
]


@pytest.mark.parametrize(("value", "problem"), INVALID)
def test_other_text_raises_an_error_that_says_what_is_expected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str, problem: str
) -> None:
    (tmp_path / "binary").write_bytes(b"\x30\x82\xff\xfe")
    (tmp_path / "utf-16").write_text(public_pem("ES256"), encoding="utf-16")
    (tmp_path / "empty").write_text("", encoding="utf-8")
    (tmp_path / "path").write_text(str(tmp_path / "key.pem"), encoding="utf-8")
    (tmp_path / "key.pem").write_text(public_pem("ES256"), encoding="utf-8")
    with pytest.raises(ValueError, match="JWT_PUBLIC_KEY") as raised:
        load_settings_of(monkeypatch, tmp_path, value.format(directory=tmp_path))
    assert problem in str(raised.value)
    assert not any(text in f"{raised.value!r} {raised.value.__context__!r}" for text in ("hunter22", str(tmp_path)))


def load_settings_of(monkeypatch: pytest.MonkeyPatch, directory: Path, value: str) -> Any:
    if "\0" in value:  # no variable can have it
        return build_verifier(make_settings(jwt_public_key=value))
    return load_auth(monkeypatch, directory, JWT_PUBLIC_KEY=value)


def private_forms() -> dict[str, str]:
    key = PRIVATE_KEYS["ES256"]
    numbers = jwk.construct(private_pem("ES256"), "ES256").to_dict()
    sec1: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return {
        "PKCS #8": private_pem("ES256"),
        "PKCS #8, literal line feeds": private_pem("ES256").replace("\n", "\\n"),
        "SEC 1": sec1.decode(),
        "OpenSSH": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode(),
        "encrypted": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        "certificate and key": f"{public_pem('RS256')}{private_pem('RS256')}",
        "JWK": json.dumps(numbers),
        "JWK Set": json.dumps({"keys": [public_jwk("RS256"), numbers]}),
        "secret JWK": '{"kty":"oct","k":"aHVudGVyMjI"}',
        "encryption key": json.dumps({"keys": [public_jwk("RS256"), {**numbers, "use": "enc"}]}),
    }


@pytest.mark.parametrize("form", private_forms())
@pytest.mark.parametrize("in_file", [False, True])
def test_private_key_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    form: str,
    in_file: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    text = private_forms()[form]
    (tmp_path / "key").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="must be the public key, but the private key is set") as raised:
        load_auth(monkeypatch, tmp_path, JWT_PUBLIC_KEY="key" if in_file else text)
    assert not any(
        line in f"{raised.value!r} {raised.value.__context__!r}" for line in text.split("\n") if len(line) > 9
    )


@pytest.mark.parametrize(
    ("algorithm", "key", "problem"),
    [
        ("ES256", "RS256", "JWT_ALGORITHM must fit JWT_PUBLIC_KEY, whose keys are for RS256"),
        ("RS256", "ES256", "JWT_ALGORITHM must fit JWT_PUBLIC_KEY, whose keys are for ES256"),
        ("ES256K", "ES256", "JWT_ALGORITHM must fit JWT_PUBLIC_KEY"),
        ("hunter22", "ES256", "JWT_ALGORITHM must be one of RS256"),
        ("none", "ES256", "JWT_ALGORITHM must be one of RS256"),
    ],
)
def test_algorithm_that_does_not_fit_raises(algorithm: str, key: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as raised:
        build_verifier(make_settings(jwt_public_key=public_pem(key), jwt_algorithm=algorithm))
    assert "hunter22" not in str(raised.value)


def test_shared_secret_algorithm_is_ignored_with_a_warning() -> None:
    with pytest.warns(ConfigurationWarning, match="JWT_ALGORITHM=HS256 is ignored in public-key mode"):
        verifier = build_verifier(make_settings(jwt_public_key=public_pem("ES256"), jwt_algorithm="HS256"))
    assert verifier.algorithms == ["ES256"]
    forged = sign_token(CLAIMS, "s" * 64, algorithm="HS256")
    with pytest.raises(JWTError):
        verifier.verify(forged)


def test_weak_key_is_refused() -> None:
    weak = rsa.generate_private_key(65_537, 1_024).public_key()  # noqa: S505 - the reason of the refusal
    pem = weak.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match=r"JWT_PUBLIC_KEY, key 1: .*2048"):
        build_verifier(make_settings(jwt_public_key=pem))
