"""`fastjose.migrate` on several files for PyJWT: no exception of one file escapes the handler of another."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from fastjose.migrate import main

if TYPE_CHECKING:
    from pathlib import Path

KEPT = "import jwt\ndef f(t): return jwt.decode_complete(t, k, algorithms=a)\n"
CLEAN = "import jwt\ndef f(c): return jwt.encode(c, k, algorithm=a)\n"
HANDLERS = {
    "except": "import jwt\ntry: f()\nexcept jwt.PyJWTError: pass\n",
    "exception_handler": "from jwt import PyJWTError\n@app.exception_handler(PyJWTError)\ndef h(): ...\n",
    "add_exception_handler": "import jwt\napp.add_exception_handler(jwt.InvalidTokenError, h)\n",
    "raises": "import jwt\nwith raises(jwt.ExpiredSignatureError): f()\n",
    "with a call": "import jwt\ntry: jwt.encode(c, k, algorithm=a)\nexcept jwt.PyJWTError: pass\n",
}
BOTH = {
    "except": "import fastjose, jwt\ntry: f()\nexcept (jwt.PyJWTError, fastjose.JOSEError): pass\n",
    "add_exception_handler": (
        "import fastjose, jwt\napp.add_exception_handler(jwt.PyJWTError, h)\n"
        "app.add_exception_handler(fastjose.JOSEError, h)\n"
    ),
}


def migrate(folder: Path, **files: str) -> tuple[int, dict[str, str]]:
    """Run the command on files, and return its exit code and the files that it changed."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    code = main([str(folder)])
    now = {name: (folder / f"{name}.py").read_text() for name in files}
    return code, {name: text for name, text in now.items() if text != files[name]}


@pytest.mark.parametrize("kind", HANDLERS)
def test_handler_stays_while_another_file_keeps_pyjwt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert migrate(tmp_path, h=HANDLERS[kind], lib=KEPT, clean=CLEAN) == (1, {})
    out = capsys.readouterr().out
    assert f"{tmp_path / 'lib.py'} keeps PyJWT: change that file first, or catch fastjose." in out
    lib, waiting = tmp_path / "lib.py", f"{tmp_path / 'clean.py'}, {tmp_path / 'h.py'}"
    cause = f"{lib}:2: 2 files wait until this is changed, or left out with --exclude {lib}: {waiting}"
    assert out.splitlines()[0] == cause
    assert "→" not in out


@pytest.mark.parametrize("kind", HANDLERS)
def test_handler_changes_with_the_last_file(tmp_path: Path, kind: str) -> None:
    code, changed = migrate(tmp_path, h=HANDLERS[kind], clean=CLEAN)
    assert (code, set(changed)) == (0, {"h", "clean"})


@pytest.mark.parametrize("kind", BOTH)
def test_handler_of_both_lets_other_files_change(tmp_path: Path, kind: str) -> None:
    code, changed = migrate(tmp_path, h=BOTH[kind], lib=KEPT, clean=CLEAN)
    assert (code, set(changed)) == (1, {"clean"})


MIXED = "import jwt\ntry: jwt.encode(c, k, algorithm=a)\nexcept (jwt.PyJWTError, fastjose.JOSEError): pass\n"
CALL_CHANGED = MIXED.replace("jwt.encode", "fastjose.sign_token")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"import fastjose\n{MIXED}", f"import fastjose\n{CALL_CHANGED}"),
        (
            MIXED.replace("import jwt", "from fastjose import JOSEError\nimport jwt").replace("fastjose.J", "J"),
            CALL_CHANGED.replace("import jwt", "from fastjose import JOSEError\nimport fastjose\nimport jwt").replace(
                "fastjose.J", "J"
            ),
        ),
        (
            f"import fastjose\n{MIXED}jwt.get_unverified_header(t)\n",
            f"import fastjose\nimport fastjose.jwt\n{CALL_CHANGED}fastjose.jwt.get_unverified_header(t)\n",
        ),
    ],
)
def test_call_changes_beside_a_handler_of_both(tmp_path: Path, before: str, after: str) -> None:
    assert migrate(tmp_path, other=before, lib=KEPT) == (1, {"other": after})
    assert migrate(tmp_path, other=after, lib=KEPT) == (1, {})
    assert migrate(tmp_path, other=after, lib=CLEAN)[0] == 0
    assert "jwt.PyJWTError" not in (tmp_path / "other.py").read_text()


@pytest.mark.parametrize(
    "text",
    [
        MIXED.replace("import jwt", "import fastjose\nfrom jwt import encode, PyJWTError").replace("jwt.", ""),
        f"import fastjose\nif x:\n    pass; {MIXED}".replace("\ntry", "; x\ntry"),
    ],
)
def test_call_beside_a_handler_of_both_is_reported_where_the_import_must_be_split(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert migrate(tmp_path, other=text, lib=KEPT) == (1, {})
    lines = capsys.readouterr().out.splitlines()
    assert f"--exclude {tmp_path / 'lib.py'}: {tmp_path / 'other.py'}" in lines[0]
    assert any(line.startswith(f"{tmp_path / 'other.py'}:") and "change all but the handlers" in line for line in lines)


@pytest.mark.parametrize("excluded", ["old/lib.py", "old"])
def test_excluded_file_holds_up_no_other(tmp_path: Path, excluded: str) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "lib.py").write_text(KEPT)
    (tmp_path / "h.py").write_text(HANDLERS["with a call"])
    assert main([str(tmp_path)]) == 1
    assert (tmp_path / "h.py").read_text() == HANDLERS["with a call"]
    assert main([f"--exclude={tmp_path / excluded}", str(tmp_path)]) == 0
    assert "except fastjose.JOSEError" in (tmp_path / "h.py").read_text()
    assert (tmp_path / "old" / "lib.py").read_text() == KEPT


def test_excluded_path_that_does_not_exist_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([f"--exclude={tmp_path / 'misspelled'}", str(tmp_path)])
    assert "--exclude must be a file or folder that exists" in capsys.readouterr().err


def test_lines_of_a_file_are_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "import jwt\njwt.decode(t, 's' * n, algorithms=['HS256'])\nX = 'jose.jwt'\njwt.encode(c, k, algorithm=a)\n"
    assert migrate(tmp_path, a=text)[0] == 0
    numbers = [int(line.split(":")[1]) for line in capsys.readouterr().out.splitlines()]
    assert numbers == sorted(numbers)
    assert set(numbers) == {1, 2, 3, 4}


def test_call_stays_while_a_handler_of_a_kept_file_catches_pyjwt_alone(tmp_path: Path) -> None:
    assert migrate(tmp_path, lib=KEPT + HANDLERS["except"], clean=CLEAN) == (1, {})


def test_files_without_handlers_are_changed_one_by_one(tmp_path: Path) -> None:
    code, changed = migrate(tmp_path, lib=KEPT, clean=CLEAN)
    assert (code, set(changed)) == (1, {"clean"})


def test_file_that_is_not_python_keeps_pyjwt(tmp_path: Path) -> None:
    assert migrate(tmp_path, broken="import jwt\njwt.decode(", h=HANDLERS["except"]) == (2, {})


def test_python_jose_is_changed_while_pyjwt_stays(tmp_path: Path) -> None:
    code, changed = migrate(tmp_path, h=HANDLERS["except"] + "import jose as j\n", lib=KEPT)
    assert (code, changed) == (1, {"h": HANDLERS["except"] + "import fastjose as j\n"})


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("patch('jwt.PyJWKClient.fetch_data')", "serve keys with fastjose.testing.serve_jwks"),
        ("patch('app.auth.PyJWKClient.get_signing_key_from_jwt')", "serve keys with fastjose.testing.serve_jwks"),
        ("patch.object(client, 'get_signing_key_from_jwt')", "serve keys with fastjose.testing.serve_jwks"),
        ("monkeypatch.setattr(c, 'get_signing_key_from_jwt', x)", "serve keys with fastjose.testing.serve_jwks"),
        ("k = client.get_signing_key_from_jwt(t)", "pass the RemoteKeySet itself"),
        ("patch('app.auth.jwt.decode')", "what the changed module calls"),
        ("patch('jwt.decode')", "what the changed code calls"),
    ],
)
def test_use_in_a_file_without_pyjwt_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, remedy: str
) -> None:
    assert migrate(tmp_path, test=text) == (1, {})
    assert f"{tmp_path / 'test.py'}:1: by hand: " in (out := capsys.readouterr().out)
    assert remedy in out


def test_patch_of_python_jose_in_a_project_is_not_taken_for_pyjwt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"tokens": "from jose import jwt\n", "test": "patch('app.tokens.jwt.decode')\n"}
    assert migrate(tmp_path, **files) == (0, {"tokens": "from fastjose import jwt\n"})
    assert "by hand" not in capsys.readouterr().out
    assert migrate(tmp_path, other="import jwt\njwt.encode(c, k, a)\n", **files)[0] == 1


def test_other_text_that_names_pyjwt_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate(tmp_path, a="import jwt\njwt.encode(c, k, a)\nMETRIC = 'jwt.decode'\n")[0] == 0
    assert f"{tmp_path / 'a.py'}:3: left as it is: jwt.decode\n" in capsys.readouterr().out


def test_path_that_is_given_twice_is_changed_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("import jose\n")
    assert main([str(tmp_path), str(tmp_path / "a.py")]) == 0
    assert capsys.readouterr().out.count("→") == 1


links = pytest.mark.skipif(os.name == "nt", reason="Windows makes no links without privileges")
"""For a file that a link names: it is changed only if it is within the paths that the command was given."""


@pytest.fixture(params=["import jwt\njwt.encode(c, k, a)\n", "from jose import jwt\n", BOTH["except"]])
def text(request: pytest.FixtureRequest) -> str:
    text: str = request.param
    return text


@pytest.fixture
def outside(tmp_path: Path, text: str) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "real.py").write_text(text)
    return tmp_path / "outside" / "real.py"


@links
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_file_outside_is_skipped_and_named(
    tmp_path: Path, outside: Path, text: str, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    link = tmp_path / "project" / "link.py"
    link.symlink_to("../outside/real.py")
    assert main([str(tmp_path / "project"), *options]) == 2
    assert outside.read_text() == text
    lines = capsys.readouterr().out.splitlines()
    assert f"{link}: skipped: it is a link to {outside}, which is outside of the given paths: pass that, too" in lines
    assert not [line for line in lines if "→" in line]


@links
def test_file_outside_that_keeps_pyjwt_holds_up_others(tmp_path: Path, outside: Path) -> None:
    outside.write_text(CLEAN)
    (tmp_path / "project" / "link.py").symlink_to(outside)
    (tmp_path / "project" / "handler.py").write_text(HANDLERS["with a call"])
    assert main([str(tmp_path / "project")]) == 2
    assert (tmp_path / "project" / "handler.py").read_text() == HANDLERS["with a call"]


@links
def test_file_that_is_given_or_within_is_changed(tmp_path: Path, outside: Path, text: str) -> None:
    project = tmp_path / "project"
    (project / "link.py").symlink_to(outside)
    main([str(project), str(outside.parent)])
    assert outside.read_text() != text
    outside.write_text(text)
    main([str(project / "link.py")])
    assert outside.read_text() != text, "the link itself is given"
    (project / "link.py").unlink()
    (project / "real.py").write_text(text)
    (project / "link.py").symlink_to("real.py")
    (tmp_path / "alias").symlink_to(project)
    main([str(tmp_path / "alias")])
    assert (project / "real.py").read_text() != text


@links
def test_file_outside_without_a_change_is_not_a_failure(tmp_path: Path, outside: Path) -> None:
    outside.write_text("import fastjose\n")
    (tmp_path / "project" / "link.py").symlink_to(outside)
    assert main([str(tmp_path / "project")]) == 0


@links
@pytest.mark.parametrize("folder", [".venv/lib", "node_modules/x", ".git/hooks", "vendor"])
def test_file_in_a_folder_that_is_left_out_is_skipped_and_named(
    tmp_path: Path, text: str, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / folder / "real.py"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    (tmp_path / "src").mkdir()
    link = tmp_path / "src" / "link.py"
    link.symlink_to(file)
    options = ["--exclude", str(tmp_path / "vendor")] if folder == "vendor" else []
    assert main([str(tmp_path), *options]) == 2
    assert file.read_text() == text
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(f"{link}: skipped: it is a link to {file}, which is ")]
    assert main([str(tmp_path), *options, "--exclude", str(link)]) == 0
    assert file.read_text() == text
    main([str(file), str(link)])
    assert file.read_text() != text, "the file itself is given"
