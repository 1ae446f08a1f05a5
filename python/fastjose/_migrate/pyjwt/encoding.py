"""Calls of PyJWT's `encode`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.arguments import PARAMETERS, CallEditor
from fastjose._migrate.pyjwt.names import SUPPORTED_ALGORITHMS
from fastjose._migrate.pyjwt.secrets import find_min_secret_length, find_secret_length, note_secret, read_algorithms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._migrate.pyjwt.draft import Draft


def change_encode(draft: Draft, call: ast.Call) -> None:
    """Change a call of `jwt.encode`, or report what to write."""
    editor = CallEditor(draft, call, PARAMETERS["encode"])
    problem = next(_find_problems(editor), "")
    if problem:
        draft.leave(call, problem)
        return
    draft.replace(call.func, "fastjose.sign_token")
    if editor.arguments["payload"].keyword:
        editor.rename("payload", "claims")
    editor.rename("algorithm", "algorithm")
    editor.rename("headers", "header")
    _note_secret(editor)
    editor.rewrite([], [] if "algorithm" in editor.arguments else ['algorithm="HS256"'])


def _note_secret(editor: CallEditor) -> None:
    """Report a secret that `verify_token` refuses or may refuse. `sign_token` accepts it."""
    key, algorithm = editor.arguments["key"].value, editor.arguments.get("algorithm")
    names = read_algorithms(editor.draft, algorithm.value) if algorithm else ["HS256"]
    note_secret(editor.draft, editor.call, key, names)
    octets, least = find_secret_length(editor.draft, key), find_min_secret_length(names)
    if octets is not None and octets < least and any(name.startswith("HS") for name in names or ()):
        editor.draft.note(editor.call, f"verify_token refuses a secret of less than {least} octets")


def _find_problems(editor: CallEditor) -> Iterator[str]:
    """Yield what prevents the change, and what to write."""
    if not editor.is_readable or not {"payload", "key"} <= editor.arguments.keys():
        yield "write fastjose.sign_token(claims, key, algorithm=…, header=…), without * and **"
    elif {"json_encoder", "sort_headers"} & editor.arguments.keys():
        yield "write the claims as JSON values: sign_token has neither json_encoder= nor sort_headers="
    elif "algorithm" in editor.arguments and not _is_supported(editor):
        yield f"name an algorithm that signs: {', '.join(sorted(SUPPORTED_ALGORITHMS))}"
    elif _may_replace_alg(editor.value("headers")):
        yield "write the algorithm as algorithm=, and other headers as a dict in the call: sign_token sets alg"


def _is_supported(editor: CallEditor) -> bool:
    """Return whether the algorithm may be one that is supported."""
    algorithm = editor.draft.find_constant(editor.value("algorithm"))
    if algorithm is None:
        return False
    return not isinstance(algorithm, ast.Constant) or algorithm.value in SUPPORTED_ALGORITHMS


def _may_replace_alg(headers: ast.expr | None) -> bool:
    """Return whether `headers` is a literal with a member that PyJWT treats in its own way."""
    if not isinstance(headers, ast.Dict):
        return False
    keys = [key.value for key in headers.keys if isinstance(key, ast.Constant)]
    return len(keys) < len(headers.keys) or not {"alg", "b64", "crit", "typ"}.isdisjoint(keys)
