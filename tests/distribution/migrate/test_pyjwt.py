"""`fastjose.migrate` on code for PyJWT: what it changes, and what it reports to be changed by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jwt
import pytest

from fastjose._migrate.pyjwt import find_changes
from fastjose._migrate.pyjwt.names import KNOWN
from fastjose.migrate import main

if TYPE_CHECKING:
    from pathlib import Path

CHECKS = "required=(), check_issued_at=True"
VERIFY = f'fastjose.verify_token(t, k, algorithms=["RS256"], {CHECKS})'

CHANGED = {
    'import jwt\njwt.decode(t, k, algorithms=["RS256"])': f"import fastjose\n{VERIFY}",
    'import jwt as j\nj.decode(t, k, ["RS256"])': f"import fastjose\n{VERIFY}",
    'from jwt import decode as d\nd(t, k, algorithms=["RS256"])': f"import fastjose\n{VERIFY}",
    'import jwt.api_jwt as a\na.decode(t, k, algorithms=["RS256"])': f"import fastjose\n{VERIFY}",
    'import os, jwt, sys\njwt.decode(t, k, algorithms=["RS256"])': f"import os, fastjose, sys\n{VERIFY}",
    'def f():\n    import jwt\n    return jwt.decode(t, k, algorithms=["RS256"])': (
        f"def f():\n    import fastjose\n    return {VERIFY}"
    ),
    "import jwt\njwt.decode(jwt=t, key=k, algorithms=a)": (
        f"import fastjose\nfastjose.verify_token(token=t, keys=k, algorithms=a, {CHECKS})"
    ),
    "import jwt\njwt.decode(t, k, algorithms=a, options=None, issuer=None)": (
        f"import fastjose\nfastjose.verify_token(t, k, algorithms=a, {CHECKS})"
    ),
    'import jwt\njwt.decode(t, k, a, {"require": ["exp", "sub"]}, issuer=i)': (
        "import fastjose\n"
        'fastjose.verify_token(t, k, algorithms=a, required=["exp", "sub"], check_issued_at=True, issuer=i)'
    ),
    'import jwt\njwt.decode(t, k, algorithms=a, audience=x, options={"verify_aud": False})': (
        f"import fastjose\nfastjose.verify_token(t, k, algorithms=a, {CHECKS}, check_audience=False)"
    ),
    'import jwt\njwt.decode(t, k, algorithms=a, issuer=x, options={"verify_iss": False, "verify_iat": False})': (
        "import fastjose\nfastjose.verify_token(t, k, algorithms=a, required=())"
    ),
    "import jwt\njwt.decode(t, k, algorithms=a, leeway=timedelta(seconds=9))": (
        "import fastjose\n"
        f"fastjose.verify_token(t, k, algorithms=a, leeway_seconds=timedelta(seconds=9).total_seconds(), {CHECKS})"
    ),
    'import jwt\njwt.decode(t, options={"verify_signature": False})': (
        "import fastjose.jwt\nfastjose.jwt.get_unverified_claims(t)"
    ),
    'import jwt\njwt.decode(t, "", algorithms=a, options={"verify_signature": False, "verify_exp": False})["sub"]': (
        'import fastjose.jwt\nfastjose.jwt.get_unverified_claims(t)["sub"]'
    ),
    "import jwt\njwt.get_unverified_header(t)['kid']": (
        "import fastjose.jwt\nfastjose.jwt.get_unverified_header(t)['kid']"
    ),
    "import jwt\njwt.encode(c, k)  # signs": 'import fastjose\nfastjose.sign_token(c, k, algorithm="HS256")  # signs',
    'import jwt\njwt.encode(payload=c, key=k, algorithm="ES256", headers={"kid": "1"})': (
        'import fastjose\nfastjose.sign_token(claims=c, key=k, algorithm="ES256", header={"kid": "1"})'
    ),
    "import jwt\njwt.encode(c, k, a)": "import fastjose\nfastjose.sign_token(c, k, algorithm=a)",
    "import jwt\nc = jwt.PyJWKClient('https://a/jwks')": (
        "import fastjose\nc = fastjose.RemoteKeySet('https://a/jwks', max_age_seconds=300)"
    ),
    "from jwt import PyJWKClient\nc: PyJWKClient = PyJWKClient(uri=u, lifespan=60, timeout=9, headers=h)": (
        "import fastjose\nc: fastjose.RemoteKeySet = "
        "fastjose.RemoteKeySet(url=u, max_age_seconds=60, timeout_seconds=9, headers=h)"
    ),
    "import jwt\njwt.decode(t, jwt.PyJWK(d).key, algorithms=a)": (
        f"import fastjose\nfastjose.verify_token(t, fastjose.Key(d), algorithms=a, {CHECKS})"
    ),
    "import jwt\nk = jwt.PyJWK.from_dict(d)\njwt.decode(t, k, algorithms=a)": (
        f"import fastjose\nk = fastjose.Key(d)\nfastjose.verify_token(t, k, algorithms=a, {CHECKS})"
    ),
    "import jwt\ntry: f()\nexcept jwt.PyJWTError as e: g(e)": (
        "import fastjose\ntry: f()\nexcept fastjose.JOSEError as e: g(e)"
    ),
    "from jwt.exceptions import (\n    ExpiredSignatureError,  # kept\n    InvalidTokenError,\n)\n"
    "x = (ExpiredSignatureError, InvalidTokenError)": (
        "import fastjose  # kept\nx = (fastjose.ExpiredSignatureError, fastjose.JWTError)"
    ),
    "import jwt\ntry: f()\nexcept jwt.DecodeError:\n    raise X": (
        "import fastjose\ntry: f()\nexcept fastjose.JWTError:\n    raise X"
    ),
    "import jwt\ntry: f()\nexcept (jwt.InvalidTokenError, jwt.InvalidAudienceError):\n    g()": (
        "import fastjose\ntry: f()\nexcept (fastjose.JWTError, fastjose.JWTClaimsError):\n    g()"
    ),
    "import jwt\nraise jwt.InvalidIssuerError('x')": "import fastjose\nraise fastjose.JWTClaimsError('x')",
    "import jwt\r\njwt.decode(\r\n    t,\r\n    k,\r\n    algorithms=a,\r\n)\r\n": (
        "import fastjose\r\nfastjose.verify_token(\r\n    t,\r\n    k,\r\n    algorithms=a,\r\n    required=(),\r\n"
        "    check_issued_at=True,\r\n)\r\n"
    ),
    "import jwt\nfrom jose import jwt as j\njwt.encode(c, k, a), j.decode(t, k)": (
        "import fastjose\nfrom fastjose import jwt as j\nfastjose.sign_token(c, k, algorithm=a), j.decode(t, k)"
    ),
    "import jwt\n\ndef f(jwt): return jwt.decode\n\njwt.encode(c, k, a)": (
        "import fastjose\n\ndef f(jwt): return jwt.decode\n\nfastjose.sign_token(c, k, algorithm=a)"
    ),
    "import jwt\nx = 'é€😀'; jwt.encode(c, 'é', a)": (
        "import fastjose\nx = 'é€😀'; fastjose.sign_token(c, 'é', algorithm=a)"
    ),
}

CHANGED |= {
    "import jwt\njwt.decode(t, k, issuer=None, algorithms=a, options={}, subject=None, audience=None)": (
        f"import fastjose\nfastjose.verify_token(t, k, algorithms=a, {CHECKS})"
    ),
    "import jwt\njwt.PyJWKClient(u, True, 9, cooldown_duration=1, lifespan=5)": (
        "import fastjose\nfastjose.RemoteKeySet(u, max_age_seconds=5)"
    ),
}

CHANGED |= {
    "import jwt, jwt.exceptions\nraise jwt.exceptions.InvalidTokenError": "import fastjose\nraise fastjose.JWTError",
    "import jwt, sys, jwt.exceptions as e\nraise e.InvalidTokenError() or jwt.PyJWTError": (
        "import fastjose, sys\nraise fastjose.JWTError() or fastjose.JOSEError"
    ),
    "import fastjose, jwt\njwt.encode(c, k, a)": "import fastjose\nfastjose.sign_token(c, k, algorithm=a)",
    "import jwt\ntry: f()\nexcept (jwt.InvalidTokenError, jwt.DecodeError): g()": (
        "import fastjose\ntry: f()\nexcept fastjose.JWTError: g()"
    ),
    "import jwt\ntry: f()\nexcept (KeyError, jwt.DecodeError, jwt.InvalidTokenError,): g()": (
        "import fastjose\ntry: f()\nexcept (KeyError, fastjose.JWTError,): g()"
    ),
    "import jwt, fastjose\ntry: f()\nexcept (jwt.PyJWTError, fastjose.JOSEError): g()": (
        "import fastjose\ntry: f()\nexcept fastjose.JOSEError: g()"
    ),
    "import jwt\ntry: f()\nexcept (\n    jwt.DecodeError,  # a\n    jwt.InvalidTokenError,\n): g()": (
        "import fastjose\ntry: f()\nexcept (\n    fastjose.JWTError,  # a\n    fastjose.JWTError,\n): g()"
    ),
}

LEFT = [
    "from jose import jwt\njwt.decode(t, k)",
    "from fastjose import jwt\njwt.decode(t, k)",
    "from . import jwt\njwt.decode(t, k)",
    "from .jwt import decode\ndecode(t)",
    "from app import jwt\njwt.decode(t)",
    "from authlib.jose import jwt\njwt.decode(t, k)",
    "import python_jwt as jwt\njwt.decode(t)",
    "import flask_jwt, jwt_tools",
    "def f(jwt):\n    return jwt.decode(t)",
    "jwt.decode(t)",
    "print('jwt.io'), 'Uses jwt.decode here.', 'fastjose.jwt.decode'",
]

BY_HAND = {
    "jwt.decode(t, k)": "allowed algorithms",
    "jwt.decode(t, k, algorithms=None)": "allowed algorithms",
    "jwt.decode(t, k, algorithms=['none'])": "supported algorithms",
    "jwt.decode(t, 'short', algorithms=['HS256'])": "at least 32 octets",
    "jwt.decode(t, k, algorithms=a, **options)": "without * and **",
    "jwt.decode(*arguments)": "without * and **",
    "jwt.decode(t, k, algorithms=a, verify=False)": "verify=",
    "jwt.decode(t, k, algorithms=a, options=o)": "dict of constants",
    "jwt.decode(t, k, algorithms=a, options={**o})": "dict of constants",
    "jwt.decode(t, k, algorithms=a, options={'verify_exp': False})": "keep PyJWT here",
    "jwt.decode(t, k, algorithms=a, options={'verify_nbf': False})": "keep PyJWT here",
    "jwt.decode(t, k, algorithms=a, options={'verify_sub': False})": "verify_sub",
    "jwt.decode(t, k, algorithms=a, options={'verify_jti': False})": "verify_jti",
    "jwt.decode(t, k, algorithms=a, options={'verify_signature': debug})": "True or False",
    "jwt.decode(t, k, algorithms=a, options={'verify_signature': False, 'verify_exp': True})": "get_unverified_claims",
    "jwt.decode(t, k, algorithms=a, options={'verify_signature': False, 'require': ['exp']})": "get_unverified_claims",
    "jwt.decode(t, k, algorithms=a, options={'strict_aud': True})": "audience_exact",
    "jwt.decode(t, k, algorithms=a, options={'require_exp': True})": "does not have this option",
    "jwt.decode(t, k, algorithms=a, leeway=settings.leeway)": "total_seconds",
    "partial(jwt.decode, algorithms=a)": "call it where",
    "jwt.decode_complete(t, k, algorithms=a)": "get_unverified_header",
    "jwt.api_jws.decode(t, k, algorithms=a)": "no counterpart",
    "jwt.encode(c, k, algorithm=None)": "an algorithm that signs",
    "jwt.encode(c, k, algorithm='none')": "an algorithm that signs",
    "jwt.encode(c, k, json_encoder=E)": "JSON values",
    "jwt.encode(c, k, headers={'alg': 'HS512'})": "sets alg",
    "jwt.PyJWKClient('http://auth/jwks')": "https",
    "jwt.PyJWKClient(u, ssl_context=s)": "ca_certificates",
    "jwt.PyJWKClient(u, cache_jwk_set=False)": "always caches",
    "jwt.PyJWKClient(u).get_signing_key(kid)": "kid of the token",
    "jwt.PyJWKClient(u).get_jwk_set()": "RemoteKeySet itself",
    "asyncio.to_thread(jwt.PyJWKClient(u).get_signing_key_from_jwt, t)": "RemoteKeySet itself",
    "k = jwt.PyJWKClient(u).get_signing_key_from_jwt(t)\nprint(k.key_id)": "only as the key",
    "jwt.decode(t, jwt.PyJWKClient(u).get_signing_key_from_jwt(t), algorithms=['RS256', 'RS512'])": "one RSA algorithm",
    "jwt.PyJWK(d).key_type": "itself as the key",
    "jwt.algorithms.RSAAlgorithm.from_jwk(d)": "the JWK or the PEM itself",
    "try: f()\nexcept jwt.InvalidSignatureError:\n    retry()": "bad_signature",
    "try: f()\nexcept jwt.ImmatureSignatureError: pass": "not_yet_valid",
    "try: f()\nexcept jwt.DecodeError:\n    raise X\nexcept jwt.InvalidTokenError:\n    raise Y": "malformed",
    "try: f()\nexcept jwt.DecodeError:\n    raise X\nexcept Exception: pass": "malformed",
    "with raises(jwt.InvalidAudienceError): f()": "wrong_audience",
    "try: f()\nexcept jwt.PyJWKClientError: raise X\nexcept jwt.InvalidTokenError: raise Y": "unknown_key (JWTError)",
    "jwt.register_algorithm('x', y)": "custom algorithms are not supported: keep PyJWT here",
    "jwt.register_algorithm('x', jwt.algorithms.HMACAlgorithm(h))": "HMACAlgorithm: custom algorithms",
    "from jwt.algorithms import HMACAlgorithm\nclass A(HMACAlgorithm): ...": "HMACAlgorithm: custom algorithms",
    "class A(jwt.algorithms.Algorithm): ...": "Algorithm: custom algorithms",
    "jwt.decode_complete(t)": "required=(), check_issued_at=True",
    "jwt.PyJWT(options={}).decode(t, k, a)": "Verifier(…, required=(), check_issued_at=True)",
    "sys.modules['x'] = jwt": "itself has no counterpart",
    "jwt.JWT().decode(t)": "another package",
    "fastjose = 1; jwt.encode(c, k, a)": "rename it",
    "jwt = None; jwt.encode(c, k, a)": "bind the name to PyJWT alone",
    "from jwt import *\njwt.encode(c, k, a)": "name what is imported",
    "from jwt import PyJWTError\njwt.encode(c, k, a)": "remove the import",
    "patch('app.auth.jwt.decode')\njwt.encode(c, k, a)": "fastjose.verify_token",
    "jwt.decode(t, k, algorithms=a, options={}, issuer=None,  # of all\n    subject=x)": "comments are between",
    "from jwt import PyJWKClient\ndef f(c: 'PyJWKClient | None'): ...": "without quotes",
    "def f(leeway): return jwt.decode(t, k, algorithms=a, leeway=leeway)\nleeway = 5": "total_seconds",
    "import_module('jwt')\njwt.encode(c, k, a)": "import fastjose",
}


def migrate(folder: Path, octets: bytes, *arguments: str) -> tuple[int, bytes]:
    file = folder / "module.py"
    file.write_bytes(octets)
    return main([*arguments, str(folder)]), file.read_bytes()


@pytest.mark.parametrize("before", CHANGED)
def test_use_of_pyjwt_is_replaced(tmp_path: Path, before: str) -> None:
    assert migrate(tmp_path, before.encode()) == (0, CHANGED[before].encode())


@pytest.mark.parametrize("before", CHANGED)
def test_second_run_changes_nothing(tmp_path: Path, before: str) -> None:
    assert migrate(tmp_path, CHANGED[before].encode()) == (0, CHANGED[before].encode())
    assert find_changes(CHANGED[before]).edits == ()


@pytest.mark.parametrize("text", LEFT)
def test_other_jwt_is_unchanged(text: str) -> None:
    changes = find_changes(text)
    assert (changes.edits, changes.by_hand) == ((), ())


@pytest.mark.parametrize("text", BY_HAND)
def test_use_with_another_meaning_is_reported_and_the_file_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    octets = f"import jwt\njwt.encode(c, k, algorithm='HS256')\n{text}\n".encode()
    assert migrate(tmp_path, octets) == (1, octets)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{tmp_path / 'module.py'}:") and ": by hand: " in line for line in lines)
    assert any(BY_HAND[text] in line for line in lines)


@pytest.mark.parametrize("text", [*BY_HAND, *(f"jwt.{name}" for name in sorted(KNOWN))])
def test_no_hint_weakens_verification(text: str) -> None:
    hints = [note for _, note in find_changes(f"import jwt\n{text}\n").by_hand]
    for hint in hints:
        assert "fastjose.jwt.decode" not in hint
        assert "check_issued_at=True" in hint or not re.search(r"(verify_token|Verifier)\b[(,]|key of fastj", hint)


def test_report_has_line_text_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(tmp_path, b"import jwt\n\nx = jwt.decode_complete(t, k, algorithms=['HS256'])\n")
    assert capsys.readouterr().out == (
        f"{tmp_path / 'module.py'}:3: by hand: jwt.decode_complete: write fastjose.verify_token(…, "
        "required=(), check_issued_at=True), then fastjose.jwt.get_unverified_header for the header\n"
    )


def test_python_jose_is_changed_where_pyjwt_stays(tmp_path: Path) -> None:
    before = b"from jose import jws\nimport jwt\njws.sign(c, k), jwt.decode_complete(t)\n"
    assert migrate(tmp_path, before) == (1, before.replace(b"jose", b"fastjose"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbfimport jwt\r\njwt.encode(c, k, a)\r\n", b"\xef\xbb\xbfimport fastjose\r\nfastjose.sign_token"),
        (b"# coding: latin-1\nimport jwt\njwt.encode(c, '\xe9', a)", b"fastjose.sign_token(c, '\xe9', algorithm=a)"),
    ],
    ids=["byte order mark", "latin-1"],
)
def test_encoding_is_preserved(tmp_path: Path, before: bytes, after: bytes) -> None:
    code, octets = migrate(tmp_path, before)
    assert (code, after in octets) == (0, True)


def test_dry_run_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = b"import jwt\njwt.encode(c, k, a)\n"
    assert migrate(tmp_path, before, "--dry-run") == (1, before)
    assert "module.py:2: jwt.encode → fastjose.sign_token" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["jwt.py", "jwt/__init__.py"])
def test_module_of_the_project_is_not_taken_for_pyjwt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("def encode(*_): ...\n")
    before = b"import jwt\njwt.encode(c, k, a)\n"
    assert migrate(tmp_path, before) == (1, before)
    assert f"nothing, if jwt is {tmp_path / name}" in capsys.readouterr().out


def test_module_of_a_package_does_not_hide_pyjwt(tmp_path: Path) -> None:
    for name in ("__init__.py", "jwt.py"):
        (tmp_path / name).touch()
    assert migrate(tmp_path, b"import jwt\njwt.encode(c, k, a)\n")[0] == 0


def test_interrupted_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    before = b"import jwt\njwt.encode(c, k, a)\n"
    assert migrate(tmp_path, before) == (2, before)
    assert [file.name for file in tmp_path.iterdir()] == ["module.py"]


def test_link_and_mode_of_a_file_stay(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("import jwt\njwt.encode(c, k, a)\n")
    (tmp_path / "real.txt").chmod(0o755)
    (tmp_path / "link.py").symlink_to(tmp_path / "real.txt")
    assert main([str(tmp_path / "link.py")]) == 0
    assert (tmp_path / "link.py").is_symlink()
    assert "fastjose" in (tmp_path / "real.txt").read_text()
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("octets", [b"import jwt\njwt.decode(", b"import jwt\n\0", b"import jwt\n'\xff'"])
def test_unreadable_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], octets: bytes) -> None:
    assert migrate(tmp_path, octets) == (2, octets)
    assert "module.py: skipped: " in capsys.readouterr().out


SECRET_NOTES = {
    "jwt.decode(t, os.environ.get('S', 'x'), algorithms=['HS256'])": "note: the secret must have at least 32 octets",
    "jwt.decode(t, s.key, algorithms=['RS256', 'HS512'])": "note: the secret must have at least 64 octets",
    "A = 'HS384'\njwt.decode(t, s.key, algorithms=[A])": "note: the secret must have at least 48 octets",
    "jwt.decode(t, s.key, algorithms=[s.algorithm])": "note: with HS256, HS384 or HS512, the secret must",
    "jwt.encode(c, s.key)": "note: the secret must have at least 32 octets",
    "jwt.encode(c, s.key, 'HS256')": "note: the secret must have at least 32 octets",
    "jwt.encode(c, s.key, algorithm=s.algorithm)": "note: with HS256, HS384 or HS512, the secret must",
    "jwt.encode(c, 'short', 'HS256')": "note: verify_token refuses a secret of less than 32 octets",
}


@pytest.mark.parametrize("text", SECRET_NOTES)
def test_length_of_a_secret_is_noted(text: str) -> None:
    notes = [note for _, note in find_changes(f"import jwt\n{text}").notes]
    assert any(note.startswith(SECRET_NOTES[text]) for note in notes), notes


@pytest.mark.parametrize(
    "text",
    [
        "jwt.decode(t, s.key, algorithms=['RS256'])",
        "jwt.encode(c, s.key, 'ES256')",
        "jwt.encode(c, 'a secret of at least thirty-two octets')",
    ],
)
def test_length_is_not_noted_for_other_keys(text: str) -> None:
    assert find_changes(f"import jwt\n{text}").notes == ()


def test_coroutine_that_fetches_keys_is_noted() -> None:
    body = "return jwt.decode(t, jwt.PyJWKClient(u).get_signing_key_from_jwt(t).key, algorithms=['RS256'])"
    for head, is_noted in (("async def", True), ("def", False)):
        notes = find_changes(f"import jwt\n{head} f(t):\n    {body}\n").notes
        assert any("await verifier.verify_async(token)" in note for _, note in notes) is is_noted


@pytest.mark.parametrize("error", ["PyJWKClientError", "PyJWKClientConnectionError", "PyJWTError"])
def test_handler_that_never_runs_is_noted(error: str) -> None:
    client = "import jwt\nc = jwt.PyJWKClient(u)\ntry: k = c.get_signing_key_from_jwt(t)"
    text = f"{client}\nexcept jwt.{error}: g()\njwt.decode(t, k, algorithms=['RS256'])"
    notes = [note for line, note in find_changes(text).notes if line == 3]
    assert any("no handler of this try runs any more" in note and "unknown_key" in note for note in notes)
    together = text.replace("from_jwt(t)", "from_jwt(t); jwt.decode(t, k, algorithms=['RS256'])")
    assert "runs any more" not in str(find_changes(together))


def test_requirement_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "requirements.txt").write_text("fastapi\nPyJWT[crypto]==2.10\nmy-pyjwt\n")
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'requirements.txt'}:2: left as it is: PyJWT[crypto]\n"


def test_every_public_name_of_pyjwt_is_known() -> None:
    assert {*jwt.__all__} <= KNOWN
