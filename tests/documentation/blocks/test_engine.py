"""The engine finds the faults of a page: each page here is wrong, or is right in an unusual way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.documentation.blocks.claims import find_unclaimed, is_run
from support.documentation.blocks.languages import run_block
from support.documentation.blocks.markdown import find_blocks
from support.documentation.blocks.programs import check_make, check_npm, check_pip
from support.documentation.blocks.shell import matches

if TYPE_CHECKING:
    from support.documentation.blocks.page_run import PageRun


def run_page(text: str, run: PageRun) -> None:
    for block in find_blocks("page.md", text):
        run_block(block, run)


def fence(language: str, code: str) -> str:
    return f"```{language}\n{code}\n```\n"


WRONG = {
    "syntax": (fence("python", "def"), "SyntaxError"),
    "missing import": (fence("python", "Verifier"), "NameError"),
    "names of a block before one that is complete": (
        fence("python", "answer = 1") + fence("python", "import re\nanswer"),
        "NameError",
    ),
    "doctest": (fence("python", ">>> 1 + 1\n3"), "Expected"),
    "test": (fence("python", "def test_it():\n    assert 1 == 2"), "1 failed"),
    "application that does not describe its routes": (
        fence("python", "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef home():\n    raise OSError"),
        "OSError",
    ),
    "command that fails": (fence("sh", "false\ntrue"), "exit status 1"),
    "unset variable": (fence("sh", 'echo "$ABSENT"'), "exit status"),
    "unknown program": (fence("sh", "fastjoze --help"), "not found"),
    "host of the network": (fence("sh", "curl https://app.example.com"), "exit status"),
    "console output": (fence("console", "$ echo Hello\nHallo"), "expected"),
    "missing console output": (fence("console", "$ echo Hello"), "expected"),
    "console without command": (fence("console", "Hello"), "must begin with `$ `"),
    "unknown extra": (fence("sh", 'pip install "fastjose[fastapy]"'), "unknown extra"),
    "unknown verb": (fence("sh", "make tests"), "unknown verb"),
    "server that does not start": (fence("sh", "uvicorn absent:app"), "Could not import"),
    "unknown variable": (fence("dotenv", "BETTER_AUTH_URI=https://app.example.com"), "not in AuthSettings"),
    "invalid environment": (fence("dotenv", "JWT_MODE=jwks\nJWT_SECRET=s"), "ConfigurationError"),
    "environment without value": (fence("dotenv", "BETTER_AUTH_URL"), "NAME=value"),
    "JSON": (fence("json", "{'a': 1}"), "JSONDecodeError"),
    "TOML": (fence("toml", "a = b"), "TOMLDecodeError"),
    "end of a Dockerfile": (
        fence("dockerfile", "FROM python:3.14") + fence("dockerfile", "CMD uvicorn main:app"),
        "DL3025",
    ),
    "Dockerfile": (fence("dockerfile", "FROM python\nRUN cd /app"), "DL3006"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_wrong_block_fails_with_page_and_line(text: str, message: str, page_run: PageRun) -> None:
    with pytest.raises(AssertionError, match=rf"(?s)^page\.md:\d+: .*{re.escape(message)}"):
        run_page(text, page_run)


def test_blocks_share_names_ports_files_and_environment(page_run: PageRun) -> None:
    page = [
        fence("python", "import re\npattern = re.compile('a')"),
        fence("python", "assert pattern"),
        "<!-- continues -->\n" + fence("python", "import json\nassert pattern"),
        fence(
            'python title="main.py"', "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/')\ndef f(): return 1"
        ),
        fence("sh", "uvicorn main:app"),
        fence("console", "$ curl http://127.0.0.1:8000/\n1"),
        fence("console", "$ cd /; false\n$ echo $? at http://localhost:8000\n0 at http://localhost:8000"),
        fence("dotenv", "BETTER_AUTH_URL=http://localhost:3000\nJWT_AUDIENCE=tasks"),
        fence("python", "from fastjose import auth\nassert auth._auth._verifier.audiences == ['tasks']"),
        fence('python title="test_main.py"', "def test_it():\n    assert True"),
        fence("sh", "pytest test_main.py"),
    ]
    run_page("\n".join(page), page_run)
    assert not page_run.unrun_tests


def test_file_of_tests_that_no_command_runs_is_remembered(page_run: PageRun) -> None:
    run_page(fence('python title="test_main.py"', "def test_it():\n    assert True"), page_run)
    assert page_run.unrun_tests == {"test_main.py"}


@pytest.mark.parametrize("text", [fence("rust", "fn main() {}"), fence("", "make test"), "text\n\n    make test\n"])
def test_block_that_nothing_runs_is_reported(text: str) -> None:
    (block,) = find_blocks("page.md", text)
    assert not is_run(block)
    assert list(find_unclaimed([block])) == [f"page.md:{block.line}: {block.language or 'a block without a language'}"]


def test_command_in_a_text_is_reported() -> None:
    (place,) = find_unclaimed(find_blocks("page.md", fence("text", "$ make test")))
    assert place == "page.md:2: a command, which must be in a console block"


def test_blocks_of_lists_and_quotes_are_found() -> None:
    text = "- a\n\n  ```python\n  x = 1\n  ```\n\n> ```sh\n> make\n> ```\n"
    assert [(block.line, block.code) for block in find_blocks("page.md", text)] == [(4, "x = 1\n"), (8, "make\n")]


@pytest.mark.parametrize(
    ("expected", "actual", "is_same"),
    [
        ("a … c", "a b c", True),
        ("a\n…\nc", "a\nb\nb\nc", True),
        ("a \n", "a", True),
        ("…b", "abc", False),
        ("2026-01-02T03:04:05Z", "2027-02-03T04:05:06Z", True),
    ],
)
def test_documented_output_may_leave_text_out(expected: str, actual: str, *, is_same: bool) -> None:
    assert matches(expected, actual) == is_same


@pytest.mark.parametrize(
    "arguments", ["install fastjose", "install .[fastapi] uvicorn", "install dist/fastjose-*.whl", "install pytest>=8"]
)
def test_pip_accepts_what_exists(arguments: str) -> None:
    assert check_pip(arguments.split()) is None


@pytest.mark.parametrize(
    "arguments", ["", "freeze", "install fastjoze", "install fastjose[a,fastapi]", "install a/b.whl"]
)
def test_pip_refuses_what_does_not_exist(arguments: str) -> None:
    assert check_pip(arguments.split())


def test_make_and_npm_refuse_what_does_not_exist(page_run: PageRun) -> None:
    assert check_make(["-j2", "test", "lint", "SECONDS=2"]) is None
    assert check_make(["tset"])
    assert check_npm(["ci"])
    assert check_npm(["audit"])
    page_run.write("package.json", '{"scripts": {"start": "node server.mjs"}}')
    assert check_npm(["start", "--", "--port", "1"]) is None
    assert check_npm(["run", "absent"])
