"""Calls of PyJWT's `decode` and `get_unverified_header`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.arguments import PARAMETERS, CallEditor
from fastjose._migrate.pyjwt.names import STRICT_CALL, SUPPORTED_ALGORITHMS
from fastjose._migrate.pyjwt.options import DecodeOptions, read_options
from fastjose._migrate.pyjwt.secrets import find_min_secret_length, find_secret_length, note_secret, read_algorithms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._migrate.pyjwt.draft import Draft


def change_decode(draft: Draft, call: ast.Call) -> None:
    """Change a call of `jwt.decode`, or report what to write."""
    editor = CallEditor(draft, call, PARAMETERS["decode"])
    options = read_options(editor.value("options"))
    problem = next(_find_problems(editor, options), "")
    if problem:
        draft.leave(call, problem)
    elif options.is_unverified:
        _change_unverified(editor)
    else:
        _change_verified(editor, options)


def change_header(draft: Draft, call: ast.Call) -> None:
    """Change a call of `jwt.get_unverified_header`, or report what to write."""
    if len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred):
        draft.needs_jwt = True
        draft.replace(call.func, "fastjose.jwt.get_unverified_header")
    else:
        draft.leave(call, "write fastjose.jwt.get_unverified_header(token)")


def _find_problems(editor: CallEditor, options: DecodeOptions) -> Iterator[str]:
    """Yield what prevents the change, and what to write."""
    if not editor.is_readable or "jwt" not in editor.arguments:
        yield f"write {STRICT_CALL}, all arguments by their names: without * and **, without further ones"
    elif {"verify", "detached_payload"} & editor.arguments.keys():
        yield "remove verify= (PyJWT 2 ignores it); a detached payload is not supported"
    elif options.problem:
        yield options.problem
    elif not options.is_unverified:
        yield from _find_problems_of_key(editor)
        if editor.value("leeway") is not None and _leeway_suffix(editor) is None:
            yield (
                "write fastjose.verify_token(…, leeway_seconds=…, required=(), check_issued_at=True) with a number of "
                "seconds; of a timedelta: .total_seconds()"
            )


def _find_problems_of_key(editor: CallEditor) -> Iterator[str]:
    algorithms, key = editor.value("algorithms"), editor.value("key")
    if algorithms is None or key is None:
        yield "name the key and the allowed algorithms: PyJWT rejects a token without them, or takes those of the key"
        return
    names = read_algorithms(editor.draft, algorithms)
    if names is not None and (not names or not set(names) <= SUPPORTED_ALGORITHMS):
        yield f"name supported algorithms: {', '.join(sorted(SUPPORTED_ALGORITHMS))}"
    if key in editor.draft.key_nodes and len([name for name in names or () if name[:2] in {"RS", "PS"}]) > 1:
        yield "name the one RSA algorithm of the keys: a JWK without alg is one for RS256 alone in PyJWT"
    octets = find_secret_length(editor.draft, key)
    if octets is not None and octets < find_min_secret_length(names):
        yield (
            f"write a secret of at least {find_min_secret_length(names)} octets, or in development "
            "fastjose.Key(secret, allow_short_secret=True): a shorter secret is refused"
        )


def _change_unverified(editor: CallEditor) -> None:
    """Write `get_unverified_claims`, with the token alone."""
    draft, call = editor.draft, editor.call
    token = editor.arguments["jwt"]
    opening = draft.source.text.index("(", draft.source.span(call.func)[1])
    start, end = draft.source.span(token.value)
    closing = draft.source.span(call)[1] - 1
    others = draft.source.text[opening:start] + draft.source.text[end:closing]
    if "#" in others:
        draft.leave(call, "write fastjose.jwt.get_unverified_claims(token): comments are between the arguments")
        return
    draft.needs_jwt = True
    draft.replace(call.func, "fastjose.jwt.get_unverified_claims")
    draft.replace_span(opening + 1, start, "")
    draft.replace_span(end, closing, "")
    draft.note(call, "the claims are those of an attacker until a call of verify_token accepts the token")


def _change_verified(editor: CallEditor, options: DecodeOptions) -> None:
    """Write `verify_token`, with the checks that PyJWT makes."""
    draft = editor.draft
    draft.replace(editor.call.func, "fastjose.verify_token")
    for name, new in (("jwt", ""), ("key", ""), ("algorithms", "algorithms")):
        editor.rename(name, {"jwt": "token", "key": "keys"}.get(name, new) if _is_named(editor, name) else new)
    _rename_leeway(editor)
    required = "()" if options.required is None else draft.text(options.required)
    added = [f"required={required}"]
    if "verify_iat" not in options.flags:
        added.append("check_issued_at=True")
    if "verify_aud" in options.flags:
        added.append("check_audience=False")
        draft.note(
            editor.call, "any aud is accepted, as before: name audience=, client_id= or claims= if others sign in there"
        )
    editor.rewrite(list(_find_dropped(editor, options)), added)
    key = editor.value("key")
    if key is not None and key not in draft.key_nodes:
        note_secret(draft, editor.call, key, read_algorithms(draft, editor.value("algorithms")))
    if not editor.value("issuer") and editor.value("key") in draft.key_nodes:
        draft.note(editor.call, "the issuer is not compared, as before: add issuer=")


def _is_named(editor: CallEditor, name: str) -> bool:
    argument = editor.arguments.get(name)
    return argument is not None and argument.keyword is not None


def _find_dropped(editor: CallEditor, options: DecodeOptions) -> Iterator[str]:
    """Yield the arguments that are not written any more."""
    yield "options"
    for name, flag in (("audience", "verify_aud"), ("issuer", "verify_iss")):
        argument = editor.arguments.get(name)
        if argument and (argument.is_none or flag in options.flags):
            yield name
    for name in ("subject", "leeway"):
        argument = editor.arguments.get(name)
        if argument and argument.is_none:
            yield name


def _rename_leeway(editor: CallEditor) -> None:
    leeway = editor.value("leeway")
    if leeway is not None:
        editor.rename("leeway", "leeway_seconds")
        suffix = _leeway_suffix(editor)
        if suffix:
            editor.draft.insert(editor.draft.source.span(leeway)[1], suffix)


def _leeway_suffix(editor: CallEditor) -> str | None:
    """Return what makes seconds of the leeway: nothing for a number. None if its type is not known."""
    leeway = editor.draft.find_constant(editor.value("leeway"))
    if isinstance(leeway, ast.Constant) and type(leeway.value) in {int, float}:
        return ""
    if isinstance(leeway, ast.Call) and getattr(leeway.func, "attr", getattr(leeway.func, "id", "")) == "timedelta":
        return ".total_seconds()"
    return None
