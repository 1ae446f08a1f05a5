"""The arguments of a call, by PyJWT's names for them."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastjose._migrate.pyjwt.draft import Draft

PARAMETERS: Final[Mapping[str, Sequence[str]]] = {
    "decode": (
        *("jwt", "key", "algorithms", "options", "verify", "detached_payload", "audience", "subject", "issuer"),
        "leeway",
    ),
    "encode": ("payload", "key", "algorithm", "headers", "json_encoder", "sort_headers"),
    "PyJWKClient": (
        *("uri", "cache_keys", "max_cached_keys", "cache_jwk_set", "lifespan", "headers", "timeout", "ssl_context"),
        "cooldown_duration",
    ),
}


@dataclass(frozen=True)
class Argument:
    """One argument of a call. `keyword` is None if it has no name."""

    value: ast.expr
    keyword: ast.keyword | None

    @property
    def is_none(self) -> bool:
        """Return whether the argument is the literal None."""
        return isinstance(self.value, ast.Constant) and self.value.value is None


class CallEditor:
    """The arguments of one call, and the edits that turn them into those of another function."""

    def __init__(self, draft: Draft, call: ast.Call, parameters: Sequence[str]) -> None:
        self.draft = draft
        self.call = call
        self.arguments: dict[str, Argument] = {}
        self.is_readable = len(call.args) <= len(parameters)
        self.is_readable &= not any(isinstance(each, ast.Starred) for each in call.args)
        for name, value in zip(parameters, call.args, strict=False):
            self.arguments[name] = Argument(value, None)
        for keyword in call.keywords:
            self.is_readable &= keyword.arg in parameters
            self.arguments[keyword.arg or "**"] = Argument(keyword.value, keyword)

    def value(self, name: str) -> ast.expr | None:
        """Return the value of an argument, or None if it is absent or the literal None."""
        argument = self.arguments.get(name)
        return None if argument is None or argument.is_none else argument.value

    def span(self, argument: Argument) -> tuple[int, int]:
        """Return the indexes of an argument with its name."""
        start, end = self.draft.source.span(argument.value)
        if argument.keyword:
            start = self.draft.source.index(argument.keyword.lineno, argument.keyword.col_offset)
        return start, end

    def rename(self, name: str, new: str) -> None:
        """Give an argument its new name, unless it has no name and may stay so (`new` is empty)."""
        argument = self.arguments.get(name)
        if argument is None or (argument.keyword is None and not new):
            return
        start, _ = self.span(argument)
        value_start, _ = self.draft.source.span(argument.value)
        if self.draft.source.text[start:value_start] != f"{new}=":
            self.draft.replace_span(start, value_start, f"{new}=")

    def rewrite(self, dropped: Sequence[str], added: Sequence[str]) -> None:
        """Remove the arguments `dropped`, and add the texts `added` where the first of them was, or at the end."""
        places = [self.arguments[name] for name in dropped if name in self.arguments]
        if added and places:
            start, end = self.span(places.pop(0))
            self.draft.replace_span(start, end, self._separator(start).join(added))
        elif added:
            start, end = self.span(self._ordered()[-1])
            self.draft.insert(end, "".join(f"{self._separator(start)}{each}" for each in added))
        self._remove(places)

    def _ordered(self) -> list[Argument]:
        return sorted(self.arguments.values(), key=self.span)

    def _separator(self, start: int) -> str:
        """Return what separates arguments: a comma, and a new line if the argument at `start` has its own line."""
        text = self.draft.source.text
        line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
        indent = text[line_start:start]
        is_crlf = text[max(line_start - 2, 0) : line_start] == "\r\n"
        newline = "\r\n" if is_crlf else text[line_start - 1 : line_start]
        return f",{newline}{indent}" if line_start and not indent.strip() else ", "

    def _remove(self, places: Sequence[Argument]) -> None:
        """Remove arguments with their commas: up to the next argument, or at the end from the last that stays."""
        ordered = self._ordered()
        kept = [argument for argument in ordered if argument not in places]
        for argument, following in itertools.pairwise(ordered):
            if argument in places and self.span(argument) < self.span(kept[-1]):
                self._remove_text(self.span(argument)[0], self.span(following)[0])
        if ordered[-1] in places:
            self._remove_text(self.span(kept[-1])[1], self.span(ordered[-1])[1])

    def _remove_text(self, start: int, end: int) -> None:
        """Remove text, unless it may contain a comment."""
        if "#" in self.draft.source.text[start:end]:
            self.draft.leave(self.call, "remove the arguments that fastjose does not have: comments are between them")
        else:
            self.draft.replace_span(start, end, "")
