"""`python -m fastjose.migrate`: imports are replaced, and all other bytes are unchanged."""

from __future__ import annotations

import ast
import importlib
import operator
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jose
import pytest

from fastjose import JWTError, jwt
from fastjose._migrate.missing_names import find_missing_names
from fastjose._migrate.replacements import BY_NAME, find_replacement
from fastjose.migrate import find_edits, main

CHANGED = {
    "from jose import jwt, JWTError": "from fastjose import jwt, JWTError",
    "from jose.jws import (\n    sign,  # jose's\n)": "from fastjose.jws import (\n    sign,  # jose's\n)",
    "from jose.backends.base import Key as K": "from fastjose.backends.base import Key as K",
    "from jose.jwt import *": "from fastjose.jwt import *",
    "from \\\n    jose import jwt": "from \\\n    fastjose import jwt",
    "from\tjose\timport\tjwt": "from\tfastjose\timport\tjwt",
    "import jose": "import fastjose as jose",
    "import jose as j": "import fastjose as j",
    "import jose.jwt": "import fastjose as jose, fastjose.jwt",
    "import jose.jwt as j": "import fastjose.jwt as j",
    "import os, jose.jwt as j, sys": "import os, fastjose.jwt as j, sys",
    "import jose.jwt, jose.jwk": "import fastjose as jose, fastjose.jwt, fastjose.jwk",
    "import jose\nimport jose.jwt": "import fastjose as jose\nimport fastjose.jwt",
    "import jose.jwt\nimport jose.jwk\ndef f():\n import jose.jws": (
        "import fastjose as jose, fastjose.jwt\nimport fastjose.jwk\ndef f():\n import fastjose as jose, fastjose.jws"
    ),
    "x = 'é€😀'; from jose import jwt; import jose as j": "x = 'é€😀'; from fastjose import jwt; import fastjose as j",
    "def f():\n\tfrom jose import jwt\n\treturn jwt": "def f():\n\tfrom fastjose import jwt\n\treturn jwt",
    "if x:\n    import jose.jwt\nelse: pass": "if x:\n    import fastjose as jose, fastjose.jwt\nelse: pass",
    "patch('jose.jwt.decode')": "patch('fastjose.jwt.decode')",
    'patch(target="jose.jwt.datetime")': 'patch(target="fastjose.jwt.datetime")',
    '@mock.patch(r"jose.jws.verify")\ndef test(): ...': '@mock.patch(r"fastjose.jws.verify")\ndef test(): ...',
    "import_module('''jose.jwt''')": "import_module('''fastjose.jwt''')",
    "importlib.import_module('jose', None)": "importlib.import_module('fastjose', None)",
    "__import__('jose')": "__import__('fastjose')",
    "sys.modules['jose.jwt'] = fake": "sys.modules['fastjose.jwt'] = fake",
    "del sys.modules['jose']": "del sys.modules['fastjose']",
    "sys.modules.pop('jose', None)": "sys.modules.pop('fastjose', None)",
    "monkeypatch.setitem(sys.modules, 'jose', x)": "monkeypatch.setitem(sys.modules, 'fastjose', x)",
    "monkeypatch.setattr('jose.jwt.decode', x)": "monkeypatch.setattr('fastjose.jwt.decode', x)",
    "monkeypatch.delattr('jose.JWTError')": "monkeypatch.delattr('fastjose.JWTError')",
    "patch.multiple('jose.jwt', decode=x)": "patch.multiple('fastjose.jwt', decode=x)",
    "patch.dict('sys.modules', {'jose.jwt': x, y: 1})": "patch.dict('sys.modules', {'fastjose.jwt': x, y: 1})",
}

LEFT = [
    "from .jose import jwt",
    "from . import jose",
    "from josepy import jwt",
    "from joserfc import jwt",
    "from fastjose import jwt",
    "import fastjose as jose, fastjose.jwt",
    "import josepy, my.jose",
    "# from jose import jwt",
    "name = 'jose'",
    "greet('jose')",
    "patch('app.jose.jwt.decode')",
    "mail = 'jose.garcia'",
    "'''Uses jose.jwt.'''",
    "b'jose.jwt'",
    "f'jose.jwt{x}' f'jose.jwt.decode'",
    "'jose.jwt' '.decode'",
    "jose.jwt.decode(token)",
    "QUEUE = 'jose.jwt'",
    "METRIC = 'jose.jwt.decode'",
    "setattr(jwt, 'jose.jwt', 1), queue.get('jose.jwt'), dict('jose.jwt'), patch(new='jose.jwt')",
    "getLogger('jose.jwt'), filterwarnings('ignore', module='jose')",
    "__import__('jose.' + n), 'jose' in sys.modules",
]

LEFT_TEXTS = {
    "QUEUE = 'jose.jwt'": "1: left as it is: jose.jwt",
    "METRIC = 'jose.jwt.decode'": "1: left as it is: jose.jwt.decode",
    "__import__('jose.' + n)": "1: left as it is: jose.",
    "'jose' in sys.modules": "1: left as it is: jose",
    "setup(entry_points={'x': ['y = jose.jwt:decode']})": "1: left as it is: jose.jwt",
    "run([python, '-c', 'import sys; from jose import jwt'])": "1: left as it is: from jose",
    'def f():\n    """Do.\n\n    >>> import jose\n    """': "4: left as it is: import jose",
    "getLogger('jose.jwt')": "1: left as it is: jose.jwt",
    "filterwarnings('ignore', module='jose')": "1: left as it is: jose",
    "import_module(f'jose.jwt{x}')": "1: left as it is: jose.jwt",
    "patch('jose.jwt' '.decode')": "1: left as it is: jose.jwt",
}


def run_migration(folder: Path, octets: bytes, *arguments: str) -> tuple[int, bytes]:
    file = folder / "module.py"
    file.write_bytes(octets)
    return main([*arguments, str(folder)]), file.read_bytes()


@pytest.mark.parametrize("before", CHANGED)
def test_python_jose_import_is_replaced(tmp_path: Path, before: str) -> None:
    assert run_migration(tmp_path, before.encode()) == (0, CHANGED[before].encode())


@pytest.mark.parametrize("before", CHANGED)
def test_second_migration_changes_nothing(before: str) -> None:
    assert find_edits(CHANGED[before]) == []


@pytest.mark.parametrize("text", LEFT)
def test_other_code_is_unchanged(text: str) -> None:
    assert find_edits(text) == []


@pytest.mark.parametrize("text", LEFT_TEXTS)
def test_other_text_that_names_jose_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert run_migration(tmp_path, text.encode()) == (0, text.encode())
    assert capsys.readouterr().out == f"{tmp_path / 'module.py'}:{LEFT_TEXTS[text]}\n"


def test_name_jose_remains_usable() -> None:
    names: dict[str, Any] = {}
    exec("import fastjose as jose, fastjose.jwt; decode, error = jose.jwt.decode, jose.JWTError", names)  # noqa: S102 - ours
    assert (names["decode"], names["error"]) == (jwt.decode, JWTError)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\xef\xbb\xbffrom jose import jwt\r\n", b"\xef\xbb\xbffrom fastjose import jwt\r\n"),
        (b"x = 1\rfrom jose import jwt\r", b"x = 1\rfrom fastjose import jwt\r"),
        (b"x = 1\r\n\x0cfrom jose import jwt  \r\n\n", b"x = 1\r\n\x0cfrom fastjose import jwt  \r\n\n"),
        (b"x = '\xe2\x80\xa8'\nfrom jose import jwt", b"x = '\xe2\x80\xa8'\nfrom fastjose import jwt"),
        (
            b"# -*- coding: latin-1 -*-\nx = '\xe9'; from jose import jwt\n",
            b"# -*- coding: latin-1 -*-\nx = '\xe9'; from fastjose import jwt\n",
        ),
    ],
    ids=["byte order mark", "bare CR", "form feed", "line separator in a string", "latin-1"],
)
def test_encoding_and_line_endings_are_preserved(tmp_path: Path, before: bytes, after: bytes) -> None:
    assert run_migration(tmp_path, before) == (0, after)


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (b"from jose import (jwt", "SyntaxError"),
        (b"# coding: latin-2026\nimport jose", "SyntaxError"),
        (b"import jose\nx = '\xff'", "UnicodeDecodeError"),
        (b"import jose\n\0", "rror"),
    ],
)
def test_unreadable_file_is_reported_and_unchanged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], octets: bytes, message: str
) -> None:
    (tmp_path / "after.py").write_text("import jose as j\n")
    assert run_migration(tmp_path, octets) == (2, octets)
    assert f"{tmp_path / 'module.py'}: skipped: " in (out := capsys.readouterr().out)
    assert message in out
    assert (tmp_path / "after.py").read_text() == "import fastjose as j\n"


def test_missing_path_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing.py")]) == 2
    assert "missing.py: skipped: FileNotFoundError" in capsys.readouterr().out


def test_changes_are_printed_with_line_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_migration(tmp_path, b"import os\nfrom jose.jwt import decode\npatch('jose.jwt.decode')\n")
    file = tmp_path / "module.py"
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:2: jose.jwt → fastjose.jwt",
        f"{file}:3: 'jose.jwt.decode' → 'fastjose.jwt.decode'",
    ]


def test_dry_run_changes_nothing_and_exits_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_migration(tmp_path, b"import jose\n", "--dry-run") == (1, b"import jose\n")
    assert "module.py:1: jose → fastjose as jose" in capsys.readouterr().out
    assert run_migration(tmp_path, b"import json\n", "--dry-run") == (0, b"import json\n")


def test_third_party_folders_are_skipped(tmp_path: Path) -> None:
    for folder in (".git", ".venv", "node_modules", "lib/site-packages", "environment"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "theirs.py").write_text("import jose")
    (tmp_path / "environment" / "pyvenv.cfg").touch()
    (tmp_path / "app" / "api").mkdir(parents=True)
    (tmp_path / "app" / "api" / "auth.py").write_text("import jose")
    main([str(tmp_path)])
    changed = [file for file in tmp_path.rglob("*.py") if "fastjose" in file.read_text()]
    assert changed == [tmp_path / "app" / "api" / "auth.py"]


def test_named_file_is_migrated_despite_its_suffix(tmp_path: Path) -> None:
    script = tmp_path / "manage"
    script.write_text("#!/usr/bin/env python3\nfrom jose import jwt\n")
    assert main([str(script)]) == 0
    assert script.read_text() == "#!/usr/bin/env python3\nfrom fastjose import jwt\n"


def test_script_without_suffix_in_a_folder_is_migrated(tmp_path: Path) -> None:
    (tmp_path / "manage").write_text("#!/usr/bin/env python3\nfrom jose import jwt\n")
    (tmp_path / "run").write_text("#!/bin/sh\n# from jose import jwt\n")
    os.mkfifo(tmp_path / "pipe")
    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "manage").read_text() == "#!/usr/bin/env python3\nfrom fastjose import jwt\n"
    assert (tmp_path / "run").read_text() == "#!/bin/sh\n# from jose import jwt\n"


VERSION_NOTE = (
    "by hand: jose.__version__: remove it, because fastjose.__version__ is the version of fastjose: "
    "the names of python-jose in this file stay until then"
)
PEM = "jwk.construct(key, algorithm).to_pem() reads PKCS #1 and PKCS #8; to_pem('PKCS1') writes PKCS #1"


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        (
            "requirements.txt",
            "fastapi\npython-jose[cryptography]==3.5.0\n",
            "2: left as it is: python-jose[cryptography]",
        ),
        ("pyproject.toml", 'dependencies = ["python_jose"]', "1: left as it is: python_jose"),
        ("pyproject.toml", 'dev = ["types-python-jose"]', "1: left as it is: types-python-jose"),
        ("pyproject.toml", 'module = "jose.*"', '1: left as it is: "jose.*"'),
        ("mypy.ini", "[mypy-jose.*]", "1: left as it is: [mypy-jose.*]"),
        ("setup.py", "setup(install_requires=['python-jose'])", "1: left as it is: python-jose"),
        ("notes.md", "    from jose import jwt", "1: left as it is: from jose"),
        ("keys.py", "from jose.backends._asn1 import x", f"1: not in fastjose: jose.backends._asn1.x: {PEM}"),
        ("keys.py", "from jose.backends._asn1 import *", f"1: not in fastjose: jose.backends._asn1.*: {PEM}"),
        ("keys.py", "from jose.jws import sign, _x", "1: not in fastjose: jose.jws._x"),
        (
            "keys.py",
            "from jose import __version__",
            f"1: {VERSION_NOTE}",
        ),
        (
            "keys.py",
            "import jose\n\nNEW = jose.__version__ >= '3.3'",
            f"3: {VERSION_NOTE}",
        ),
        ("keys.py", "from jose import jws\n\njws._x(t)", "3: not in fastjose: jose.jws._x"),
        ("keys.py", "from jose import jws as j\nj._x = 1", "2: not in fastjose: jose.jws._x"),
        ("keys.py", "import jose.jwt\njose.jws._x", "2: not in fastjose: jose.jws._x"),
        ("keys.py", "import jose\ndef f():\n    return jose.jwt._x.y", "3: not in fastjose: jose.jwt._x"),
        ("keys.py", "import jose.backends as b\nb._asn1.x()", f"2: not in fastjose: jose.backends._asn1: {PEM}"),
        (
            "keys.py",
            "from jose.backends import base\nbase.Key._x, base._x",
            "2: not in fastjose: jose.backends.base._x",
        ),
        ("keys.py", "patch('jose.nosuch')", "1: not in fastjose: jose.nosuch"),
        ("keys.py", "patch('fastjose.nosuch.x')", "1: not in fastjose: fastjose.nosuch.x"),
        ("keys.py", "monkeypatch.setattr('jose.nosuch', 1)", "1: not in fastjose: jose.nosuch"),
        ("keys.py", "@patch('jose.jwt._x')\ndef f(): ...", "1: not in fastjose: jose.jwt._x"),
        ("keys.py", "from jose import jwt\npatch.object(jwt, '_x')", "2: not in fastjose: jose.jwt._x"),
        ("keys.py", "from jose import jwt\nmonkeypatch.setattr(jwt, '_x', 1)", "2: not in fastjose: jose.jwt._x"),
        ("keys.py", "from fastjose import jws\njws._x", "2: not in fastjose: fastjose.jws._x"),
        ("keys.py", "import os\nfrom jose import jwt, jwx", "2: not in fastjose: jose.jwx"),
        ("keys.py", "import os, jose.jwt, jose.backends._asn1 as a", f"1: not in fastjose: jose.backends._asn1: {PEM}"),
    ],
)
def test_remaining_use_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, left: str
) -> None:
    (tmp_path / name).write_text(text)
    assert main([str(tmp_path)]) == ("left as it is" not in left)
    assert f"{tmp_path / name}:{left}" in capsys.readouterr().out.splitlines()
    assert name == "keys.py" or (tmp_path / name).read_text() == text


@pytest.mark.parametrize("text", ["from jose import jwt, backends", "from jose.backends import base", *CHANGED])
def test_use_supported_by_fastjose_is_not_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "a.py").write_text(text)
    assert main([str(tmp_path)]) == 0
    assert "not in fastjose" not in capsys.readouterr().out


KNOWN_NAMES = [
    "from jose import jws\njws._load(t), jws._verify_signature, jws._get_keys, jws._sig_matches_keys",
    "from jose.jwt import _validate_claims, _validate_exp",
    "from jose import jwe, jwt\njwe._get_key_wrap_cek, jwt.datetime.now._x, jwt.jws.jwk.Key._x",
    "import jose\njose.jwt.decode(t), jose.exceptions.JWTError, jose.JWTError._x",
    "from jose import jwt\ndef f(jwt): return jwt._x",
    "from jose import jws\njws = load()\njws._x",
    "from other import api_jws as jws\njws._x",
    "import fastjose, fastjose.fastapi\nfastjose.jwt.decode, fastjose.migrate.main, fastjose.fastapi.BearerAuth",
    "patch('jose.jwt._validate_exp'), print('jose.jwt'), print('jose.garcia.jws')",
]


@pytest.mark.parametrize("text", KNOWN_NAMES)
def test_names_of_fastjose_and_of_other_objects_are_not_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    assert "not in fastjose" not in capsys.readouterr().out


def test_file_that_uses_the_version_stays_in_every_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "import jose\nfrom jose import jwt\nNEW = jose.__version__ >= '3.3'\n"
    (tmp_path / "app.py").write_text(text)
    assert [main([str(tmp_path)]), main([str(tmp_path)])] == [1, 1]
    assert capsys.readouterr().out.count("app.py:3: by hand: jose.__version__: remove it") == 2
    assert (tmp_path / "app.py").read_text() == text
    (tmp_path / "app.py").write_text("from jose import jwt\n")
    assert main([str(tmp_path)]) == 0


def find_missing() -> list[str]:
    """Return the names of python-jose's own modules that fastjose does not have, without those of other packages."""
    folder = Path(jose.__file__).parent
    found = []
    for file in sorted(folder.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        module = ".".join(["jose", *file.relative_to(folder).with_suffix("").parts])
        names = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        imports = [f"import {module}"] if module.endswith("__init__") else [f"from {module} import {x}" for x in names]
        found += [name for each in imports for _, name in find_missing_names(ast.parse(each))]
    return [name for name in found if "__init__" not in name]


def test_each_function_that_is_missing_has_a_replacement() -> None:
    names = find_missing()
    assert "jose.jwe._get_cek" in names
    assert [name for name in names if not find_replacement(name)] == []


def test_each_replacement_of_fastjose_exists() -> None:
    for replacement in set(BY_NAME.values()):
        found = re.match(r"(jwk|jws|jwe|utils|constants|exceptions|backends)((?:\.\w+)+)", replacement)
        if found:
            module = importlib.import_module(f"fastjose.{found[1]}")
            assert operator.attrgetter(found[2][1:])(module), replacement


def test_missing_name_exits_with_1_in_every_run(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from jose import jws\njws._x", encoding="utf-8")
    assert [main(["--dry-run", str(tmp_path)]), main([str(tmp_path)]), main([str(tmp_path)])] == [1, 1, 1]
    (tmp_path / "app.py").write_text("from fastjose import jws\njws.sign", encoding="utf-8")
    assert main([str(tmp_path)]) == 0


@pytest.mark.parametrize(
    "name",
    [
        "poetry.lock",
        "uv.lock",
        "Pipfile.lock",
        "install.sh",
        "run.bash",
        "build.ps1",
        "Makefile",
        "Dockerfile",
        "Dockerfile.prod",
        "api.Dockerfile",
        "api.dockerfile",
        "dockerfile",
        "Dockerfile-dev",
        "Containerfile",
    ],
)
def test_mention_in_build_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    (tmp_path / name).write_text("x\npip install python-jose[cryptography]==3.5\n", encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / name}:2: left as it is: python-jose[cryptography]\n"


def test_python_file_with_name_of_dockerfile_is_migrated(tmp_path: Path) -> None:
    (tmp_path / "dockerfile.py").write_text("import jose", encoding="utf-8")
    main([str(tmp_path)])
    assert (tmp_path / "dockerfile.py").read_text(encoding="utf-8") == "import fastjose as jose"


@pytest.mark.parametrize("text", ["jose", "my-python-jose", "fastjose", "python-josepy", "from fastjose import jwt"])
def test_unrelated_code_is_not_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""


def test_equal_changes_of_a_line_are_printed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_migration(tmp_path, b"patch('jose.jwt._x'), patch('jose.jwt._x')\n")
    file = tmp_path / "module.py"
    assert capsys.readouterr().out.splitlines() == [
        f"{file}:1: 'jose.jwt._x' → 'fastjose.jwt._x'",
        f"{file}:1: not in fastjose: jose.jwt._x",
    ]


def test_module_runs_as_command(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text("import jose\n")
    command = [sys.executable, "-m", "fastjose.migrate", str(file)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    completed = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)  # noqa: S603 - ours
    assert completed.stdout.decode() == f"{file}:1: jose \\u2192 fastjose as jose\n"
    assert file.read_text() == "import fastjose as jose\n"
