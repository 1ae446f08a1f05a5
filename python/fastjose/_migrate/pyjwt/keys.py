"""`PyJWKClient`, `PyJWK`, and the variables that hold their keys."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from fastjose._migrate.pyjwt.arguments import PARAMETERS, CallEditor
from fastjose._migrate.pyjwt.names import STRICT_CALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastjose._migrate.pyjwt.draft import Draft

_METHODS = {
    "fetch_data": "write fetch()",
    "get_jwk_set": f"pass the RemoteKeySet itself as the key of {STRICT_CALL}",
    "get_signing_key": "pass the RemoteKeySet itself as the key: it finds the key by the kid of the token",
    "get_signing_keys": f"pass the RemoteKeySet itself as the key of {STRICT_CALL}",
}
_HTTP = "http://"
_LOOPBACK = ("http://localhost", "http://127.", "http://[::1]")


def change_client(draft: Draft, call: ast.Call) -> None:
    """Change a call of `PyJWKClient`, or report what to write."""
    editor = CallEditor(draft, call, PARAMETERS["PyJWKClient"])
    problem = next(_find_client_problems(editor), "")
    if problem:
        draft.leave(call, problem)
        return
    draft.replace(call.func, "fastjose.RemoteKeySet")
    if editor.arguments["uri"].keyword:
        editor.rename("uri", "url")
    for name, new in (("lifespan", "max_age_seconds"), ("headers", "headers"), ("timeout", "timeout_seconds")):
        editor.rename(name, new)
    dropped = [
        name
        for name in ("cache_keys", "max_cached_keys", "cache_jwk_set", "cooldown_duration")
        if name in editor.arguments
    ]
    editor.rewrite(dropped, [] if "lifespan" in editor.arguments else ["max_age_seconds=300"])
    draft.note(
        call,
        "verify_token fetches the keys, so it raises JWKSetUnavailableError; while fetches fail, fetched keys are used "
        "for a day (max_stale_seconds=), where PyJWT fails",
    )


def _find_client_problems(editor: CallEditor) -> Iterator[str]:
    if not editor.is_readable or "uri" not in editor.arguments:
        yield "write fastjose.RemoteKeySet(url), without * and **"
        return
    url = editor.draft.find_constant(editor.value("uri"))
    if isinstance(url, ast.Constant) and str(url.value).startswith(_HTTP) and not str(url.value).startswith(_LOOPBACK):
        yield "write an https URL, or fastjose.RemoteKeySet(url, allow_http=True) in a network that you trust"
    if "ssl_context" in editor.arguments:
        yield "write fastjose.RemoteKeySet(url, ca_certificates=…, client_certificate=…)"
    cached = editor.arguments.get("cache_jwk_set")
    if cached and not (isinstance(cached.value, ast.Constant) and cached.value.value is True):
        yield "remove cache_jwk_set: a RemoteKeySet always caches, for max_age_seconds="


def change_keys(draft: Draft) -> None:
    """Change the expressions that fetch or build a `PyJWK`, where each is only used as the key of `decode`."""
    calls = list(_find_key_calls(draft))
    targets: dict[str, list[ast.expr]] = {}
    for call in calls:
        whole = _with_key_attribute(draft, call)
        target = _find_target(draft, whole)
        if target is not None:
            targets.setdefault(ast.dump(_as_load(target)), []).append(target)
            _change_key_call(draft, call, whole)
        elif _is_key_of_decode(draft, whole):
            draft.key_nodes.add(whole)
            _change_key_call(draft, call, whole)
        else:
            draft.leave(call, f"pass the RemoteKeySet, or the JWK, itself as the key of {STRICT_CALL}")
    for dumped, stores in targets.items():
        _change_loads(draft, dumped, stores)
    _report_methods(draft)


def _find_key_calls(draft: Draft) -> Iterator[ast.Call]:
    """Yield the calls that return a `PyJWK`."""
    for node in ast.walk(draft.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_from_dict = node.func.attr == "from_dict" and draft.name_of.get(node.func.value) == "PyJWK"
            if node.func.attr == "get_signing_key_from_jwt" or is_from_dict:
                yield node
        if isinstance(node, ast.Call) and draft.name_of.get(node.func) == "PyJWK":
            yield node


def _with_key_attribute(draft: Draft, node: ast.expr) -> ast.expr:
    """Return `node.key` if that is what the code reads, else `node`."""
    parent = draft.parent(node)
    return parent if isinstance(parent, ast.Attribute) and parent.attr == "key" else node


def _find_target(draft: Draft, node: ast.expr) -> ast.expr | None:
    """Return the variable or attribute that a value is assigned to, or None."""
    parent = draft.parent(node)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = parent.targets[0]
    elif isinstance(parent, ast.AnnAssign) and parent.value is node:
        target = parent.target
    else:
        return None
    is_attribute = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    return target if isinstance(target, ast.Name) or is_attribute else None


def _is_key_of_decode(draft: Draft, node: ast.expr) -> bool:
    """Return whether an expression is the key of a call of `decode`."""
    parent = draft.parent(node)
    if isinstance(parent, ast.keyword):
        call = draft.parent(parent)
        return parent.arg == "key" and isinstance(call, ast.Call) and draft.name_of.get(call.func) == "decode"
    is_call = isinstance(parent, ast.Call) and draft.name_of.get(parent.func) == "decode"
    return is_call and isinstance(parent, ast.Call) and len(parent.args) > 1 and parent.args[1] is node


def _change_key_call(draft: Draft, call: ast.Call, whole: ast.expr) -> None:
    """Write the key set in place of its signing key, or a `Key` in place of a `PyJWK`."""
    start, end = draft.source.span(whole)
    is_client = isinstance(call.func, ast.Attribute) and call.func.attr == "get_signing_key_from_jwt"
    if is_client and isinstance(call.func, ast.Attribute):
        start = draft.source.span(call.func.value)[1]
        if "#" in draft.source.text[start:end]:
            draft.leave(call, "pass the RemoteKeySet itself as the key: comments are between the arguments")
        draft.replace_span(start, end, "")
        if isinstance(_find_function(draft, call), ast.AsyncFunctionDef):
            draft.note(
                call,
                "verify_token blocks the event loop while it fetches keys, as PyJWT does: build a fastjose.Verifier "
                "with the same arguments once, and write await verifier.verify_async(token)",
            )
        return
    draft.replace(call.func, "fastjose.Key")
    if whole is not call:
        draft.replace_span(draft.source.span(call)[1], end, "")


def _change_loads(draft: Draft, dumped: str, stores: list[ast.expr]) -> None:
    """Change `variable.key` to `variable` where it is the key of `decode`. Report any other use."""
    scope = None if isinstance(stores[0], ast.Attribute) else _find_function(draft, stores[0])
    for node in ast.walk(scope or draft.tree):
        if not isinstance(node, (ast.Name, ast.Attribute)) or node in stores or ast.dump(_as_load(node)) != dumped:
            continue
        whole = _with_key_attribute(draft, node)
        parent = draft.parent(node)
        if _is_key_of_decode(draft, whole):
            draft.key_nodes.add(whole)
            if whole is not node:
                draft.replace_span(draft.source.span(node)[1], draft.source.span(whole)[1], "")
        elif not (isinstance(parent, (ast.Assign, ast.AnnAssign)) and _is_none(parent.value)):
            draft.leave(node, "use the variable only as the key of jwt.decode, then run the command again")


def _is_none(node: ast.expr | None) -> bool:
    return node is None or (isinstance(node, ast.Constant) and node.value is None)


def _find_function(draft: Draft, node: ast.AST) -> ast.AST:
    """Return the function around a node, or the module."""
    parent = draft.parent(node)
    while parent is not None and not isinstance(
        parent, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.Module)
    ):
        parent = draft.parent(parent)
    return parent or draft.tree


def _as_load(node: ast.expr) -> ast.expr:
    """Return a copy of a variable or attribute as if it were read."""
    if isinstance(node, ast.Attribute):
        return ast.Attribute(_as_load(node.value), node.attr, ast.Load())
    return ast.Name(node.id, ast.Load()) if isinstance(node, ast.Name) else node


def _report_methods(draft: Draft) -> None:
    """Report uses of other methods of a `PyJWKClient`, also without a call."""
    for node in ast.walk(draft.tree):
        if isinstance(node, ast.Attribute):
            parent = draft.parent(node)
            is_call = isinstance(parent, ast.Call) and parent.func is node
            if node.attr in _METHODS:
                draft.leave(node, _METHODS[node.attr])
            elif node.attr == "get_signing_key_from_jwt" and not is_call:
                draft.leave(node, f"pass the RemoteKeySet itself as the key of {STRICT_CALL}: it fetches in it")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "get_signing_key_from_jwt":
            draft.by_hand.append((node.lineno, f"by hand: def {node.name}: remove it: a RemoteKeySet finds the keys"))
