"""Types: mypy and pyright accept typical uses and every name that `types-python-jose` declares."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.processes.node_packages import require_node_with_packages
from support.python_jose.stub_comparison import stub_declarations, write_program

FOLDER = Path(__file__).parent / "typing_cases"
SOURCE = Path(__file__).parents[2] / "python"
USES = sorted(FOLDER.glob("*.py"))
SECONDS = 300


def member_paths(owner: str, names: str) -> list[str]:
    return [f"{owner}.{name}" for name in names.split()]


DIFFERENT = {
    "of python-jose itself": ["__author__", "__copyright__", "__license__"],
    "python-jose refuses a `Key`, whatever its stub says": ["jwe.decrypt", "jwe.encrypt"],
    "python-jose refuses None, whatever its stub says": ["jwe.get_unverified_header"],
    "python-jose refuses a bytearray and None, but for a class that `backends` has only without `cryptography`": [
        *("backends.native.HMACKey.sign", "backends.native.HMACKey.verify"),
    ],
    "a secret is shown by `to_dict` alone": ["backends.native.HMACKey.prepared_key"],
    "how python-jose reads a faulty header of long ago": [
        "backends.rsa_backend.ASN1_SEQUENCE_ID",
        "backends.rsa_backend.LEGACY_INVALID_PKCS8_RSA_HEADER",
        "backends.rsa_backend.RSA_ENCRYPTION_ASN1_OID",
        "backends.rsa_backend.pem_to_spki",
    ],
    "attributes that the class itself reads, and that hold what its library needs": [
        *("backends.native.HMACKey.HASHES", "backends.cryptography_backend.CryptographyHMACKey.ALG_MAP"),
        *member_paths("backends.cryptography_backend.CryptographyECKey", "SHA256 SHA384 SHA512 hash_alg"),
        *member_paths("backends.cryptography_backend.CryptographyRSAKey", "SHA256 SHA384 SHA512 hash_alg padding"),
        *member_paths("backends.cryptography_backend.CryptographyRSAKey", "RSA1_5 RSA_OAEP RSA_OAEP_256"),
        *member_paths("backends.cryptography_backend.CryptographyAESKey", "KEY_128 KEY_192 KEY_256 KEY_384 KEY_512"),
        *member_paths("backends.cryptography_backend.CryptographyAESKey", "AES_KW_ALGS MODES IV_BYTE_LENGTH_MODE_MAP"),
        *member_paths("backends.ecdsa_backend.ECDSAECKey", "SHA256 SHA384 SHA512 hash_alg CURVE_MAP CURVE_NAMES curve"),
        *member_paths("backends.rsa_backend.RSAKey", "SHA256 SHA384 SHA512 hash_alg"),
    ],
}
"""The names of the stubs that fastjose lacks, or that accept fewer types, by reason."""


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy_cache")


def run_mypy(cache: Path, *files: Path) -> str:
    """Return the output of mypy, without the project's configuration."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file=",
        "--strict",
        "--follow-imports=silent",
        f"--cache-dir={cache}",
        *map(str, files),
    ]
    return run_type_checker(command, cwd=cache)


def run_pyright(folder: Path) -> str:
    """Return the output of pyright for a folder that contains its configuration."""
    node = require_node_with_packages(FOLDER, "pyright")
    program = FOLDER / "node_modules" / "pyright" / "index.js"
    return run_type_checker([node, str(program), "--project", str(folder), "--pythonpath", sys.executable], cwd=folder)


def run_type_checker(command: list[str], cwd: Path) -> str:
    environment = {**os.environ, "MYPYPATH": str(SOURCE), "PYTHONPATH": str(SOURCE)}
    completed = subprocess.run(  # noqa: S603 - ours
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return completed.stdout + completed.stderr


def write_python_jose_uses(folder: Path) -> Path:
    """Write the common uses with `jose` instead of `fastjose` and return the file."""
    uses = (FOLDER / "common_uses.py").read_text(encoding="utf-8")
    file = folder / "common_uses.py"
    file.write_text(uses.replace("fastjose", "jose"), encoding="utf-8")
    return file


def test_mypy_accepts_typical_uses(mypy_cache: Path) -> None:
    assert run_mypy(mypy_cache, *USES) == f"Success: no issues found in {len(USES)} source files\n"


def test_mypy_accepts_common_uses_of_python_jose(mypy_cache: Path, tmp_path: Path) -> None:
    assert run_mypy(mypy_cache, write_python_jose_uses(tmp_path)) == "Success: no issues found in 1 source file\n"


def test_pyright_accepts_typical_uses() -> None:
    assert run_pyright(FOLDER).endswith("0 errors, 0 warnings, 0 informations\n")


def test_mypy_rejects_wrong_type(mypy_cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("from fastjose import jwt\nclaims: str = jwt.decode('token', 'secret')\n", encoding="utf-8")
    assert '"dict[str, Any]"' in run_mypy(mypy_cache, file)


@pytest.mark.parametrize("into", ["int", "dict[str, int]", "'Model'", "print"])
def test_mypy_rejects_other_types_of_claims(mypy_cache: Path, tmp_path: Path, into: str) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(f"from fastjose import Verifier\nVerifier('').verify('', into={into})\n", encoding="utf-8")
    assert "wrong.py:2: error" in run_mypy(mypy_cache, file)


def test_fastjose_has_every_name_of_types_python_jose(mypy_cache: Path, tmp_path: Path) -> None:
    declarations = list(stub_declarations())
    answer = run_mypy(mypy_cache, write_program(tmp_path, declarations))
    rejected = {declarations[int(line) - 2].name for line in re.findall(r"comparison\.py:(\d+): error", answer)}
    assert rejected == {name for names in DIFFERENT.values() for name in names}, answer
