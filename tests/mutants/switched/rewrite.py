"""Rewrites a file of the core so that it holds its mutants, each behind `switch::is(number)`.

A thousand mutants are then built once instead of a thousand times. The comments `/*b7*/` and `/*e7*/` enclose what
belongs to mutant 7, so that an error of the compiler leads to the mutant that does not compile.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mutants.mutant import Mutant

_PARSER = Parser(Language(tree_sitter_rust.language()))
_COMPARISONS = {b"==", b"!=", b"<", b">", b"<=", b">="}
# Replaces the body of a function that returns `impl Iterator`, which has one type only.
_OPAQUE = "::std::iter::"
_EITHER = b"crate::mutant_switch::Either::"
_DELETED = re.compile(rb"(?:if |\*/)!crate::mutant_switch::is\((\d+)\)")
_MARK = re.compile(rb"/\*([be])([\d,]+)\*/")


def rewrite(source: bytes, mutants: Iterable[Mutant]) -> tuple[bytes, set[int]]:
    """Return the file with its mutants, and the numbers of those that it holds."""
    writer = _Writer(source, mutants)
    text = writer.write(_PARSER.parse(source).root_node)
    return text, writer.switched


def enclosing(text: bytes, start: int, end: int) -> list[int]:
    """Return the numbers of the innermost mutants around a part of a rewritten file."""
    open_marks: list[tuple[list[int], int]] = []
    best: tuple[int, list[int]] | None = None
    for mark in _MARK.finditer(text):
        numbers = [int(number) for number in mark[2].split(b",")]
        if mark[1] == b"b":
            open_marks.append((numbers, mark.start()))
            continue
        while open_marks:
            opened, begin = open_marks.pop()
            if opened == numbers:
                size = mark.end() - begin
                if begin <= start and end <= mark.end() and (best is None or size < best[0]):
                    best = size, numbers
                break
    return best[1] if best else []


def deleted_arms(text: bytes, start: int, end: int) -> list[int]:
    """Return the mutants that delete an arm of the match whose value is at a part of a rewritten file."""
    node = _PARSER.parse(text).root_node.descendant_for_byte_range(start, end)
    while node is not None and node.type != "match_expression":
        node = node.parent
    return [] if node is None else [int(number) for number in _DELETED.findall(text[node.start_byte : node.end_byte])]


def last_of_body(text: bytes, start: int, end: int) -> list[int]:
    """Return the last mutant of the whole body of the function whose signature is at a part of a rewritten file."""
    node = _PARSER.parse(text).root_node.descendant_for_byte_range(start, end)
    while node is not None and node.type != "function_item":
        node = node.parent
    body = node.child_by_field_name("body") if node else None
    mark = _MARK.match(text, body.start_byte + 1) if body else None
    return [int(mark[2].split(b",")[-1])] if mark else []


class _Writer:
    def __init__(self, source: bytes, mutants: Iterable[Mutant]) -> None:
        self.source = source
        self.switched: set[int] = set()
        self.at: dict[tuple[int, int], list[Mutant]] = defaultdict(list)
        self.bodies: dict[int, list[Mutant]] = defaultdict(list)
        self.arms: dict[int, Mutant] = {}
        self.fields: dict[int, Mutant] = {}
        for mutant in mutants:
            if mutant.genre == "FnValue":
                self.bodies[mutant.span[0]].append(mutant)
            elif mutant.genre == "MatchArm":
                self.arms[mutant.span[0]] = mutant
            elif mutant.genre == "StructField":
                self.fields[mutant.span[0]] = mutant
            else:
                self.at[mutant.span].append(mutant)

    def write(self, node: Node) -> bytes:
        """Return the text of `node` with its mutants."""
        if node.type in {"binary_expression", "compound_assignment_expr"}:
            return self._binary(node)
        if node.type == "unary_expression":
            return self._unary(node)
        if node.type == "match_pattern":
            return self._pattern(node)
        if node.type == "block":
            return self._block(node)
        if node.type == "struct_expression":
            return self._struct(node)
        return self._children(node)

    def _children(self, node: Node) -> bytes:
        parts, position = [], node.start_byte
        for child in node.children:
            parts += [self.source[position : child.start_byte], self.write(child)]
            position = child.end_byte
        return b"".join([*parts, self.source[position : node.end_byte]])

    def _take(self, node: Node) -> list[Mutant]:
        mutants = self.at.get((node.start_byte, node.end_byte), [])
        self.switched.update(mutant.number for mutant in mutants)
        return mutants

    def _block(self, node: Node) -> bytes:
        text = self._children(node)
        inside = [child for child in node.named_children if "comment" not in child.type]
        mutants = self.bodies.get(inside[0].start_byte, []) if inside and _is_body(node) else []
        self.switched.update(mutant.number for mutant in mutants)
        if any(_OPAQUE in mutant.replacement for mutant in mutants):
            return _iterators(mutants, text)
        early = b"".join(
            _marked([mutant.number], b"if " + _is(mutant) + b" { return " + mutant.replacement.encode() + b"; }")
            for mutant in mutants
        )
        return b"{" + early + text[1:]

    def _struct(self, node: Node) -> bytes:
        """Write a struct expression, and beside it one without each field that a mutant deletes."""
        text, body = self._children(node), node.child_by_field_name("body")
        starts = [child.start_byte for child in body.named_children] if body else []
        mutants = [self.fields[start] for start in starts if start in self.fields]
        self.switched.update(mutant.number for mutant in mutants)
        for mutant in mutants:
            start, end = mutant.span
            without = self.source[node.start_byte : start] + self.source[end : node.end_byte]
            without = _marked([mutant.number], without)
            text = b"(if " + _is(mutant) + b" { " + without + b" } else { " + text + b" })"
        return _marked([mutant.number for mutant in mutants], text) if mutants else text

    def _unary(self, node: Node) -> bytes:
        mutants = self._take(node.children[0])
        if not mutants:
            return self._children(node)
        operand = self.write(node.children[1])
        operator = self.source[node.children[0].start_byte : node.children[0].end_byte]
        if operator == b"!":
            return _marked([mutants[0].number], b"(" + _is(mutants[0]) + b" == (" + operand + b"))")
        return _choose(mutants, lambda text: text + b"(" + operand + b")", operator)

    def _binary(self, node: Node) -> bytes:
        left, operator, right = node.child_by_field_name("left"), node.children[1], node.child_by_field_name("right")
        mutants = self._take(operator)
        if not mutants or left is None or right is None:
            return self._children(node)
        name = self.source[operator.start_byte : operator.end_byte]
        first, second = self.write(left), self.write(right)
        if name in {b"&&", b"||"}:
            same = b"!=" if name == b"&&" else b"=="
            test = b"__left " + same + b" " + _is(mutants[0])
            chosen = b"(match (" + first + b") { __left => if " + test + b" { " + second + b" } else { __left } })"
            return _marked([mutants[0].number], chosen)
        if name in _COMPARISONS:
            chosen = _choose(mutants, lambda text: b"*__left " + text + b" *__right", name)
            both = b"(match (&(" + first + b"), &(" + second + b")) { (__left, __right) => " + chosen + b" })"
            return _marked([mutant.number for mutant in mutants], both)
        if node.type == "compound_assignment_expr":
            return _choose(mutants, lambda text: first + b" " + text + b" " + second, name)
        return _choose(mutants, lambda text: b"(" + first + b") " + text + b" (" + second + b")", name)

    def _pattern(self, node: Node) -> bytes:
        arm = node.parent
        deleted = self.arms.get(arm.start_byte) if arm else None
        condition = node.child_by_field_name("condition")
        if condition is None:
            if deleted is None:
                return self._children(node)
            self.switched.add(deleted.number)
            return self._children(node) + _marked([deleted.number], b" if !" + _is(deleted))
        guards = {mutant.replacement: mutant for mutant in self._take(condition)}
        pattern = self.source[node.start_byte : condition.start_byte]
        test = b"(" + self.write(condition) + b")"
        if "false" in guards:
            test = b"!" + _is(guards["false"]) + b" && " + test
        if "true" in guards:
            test = _is(guards["true"]) + b" || " + test
        if guards:
            test = _marked([mutant.number for mutant in guards.values()], b"(" + test + b")")
        if deleted is not None:
            self.switched.add(deleted.number)
            test = _marked([deleted.number], b"!" + _is(deleted) + b" && " + test)
        return pattern + test


def _is_body(node: Node) -> bool:
    return node.parent is not None and node.parent.type == "function_item"


def _is(mutant: Mutant) -> bytes:
    return b"crate::mutant_switch::is(%d)" % mutant.number


def _marked(numbers: list[int], text: bytes) -> bytes:
    names = ",".join(map(str, numbers)).encode()
    return b"/*b" + names + b"*/" + text + b"/*e" + names + b"*/"


def _iterators(mutants: list[Mutant], block: bytes) -> bytes:
    """Write the block of a function that returns an iterator so that each mutant's iterator is a case of one type."""
    early, depth = b"", 0
    for depth, mutant in enumerate(mutants):
        value = _EITHER + b"First(" + mutant.replacement.encode() + b")"
        value = (_EITHER + b"Second(") * depth + value + b")" * depth
        early += _marked([mutant.number], b"if " + _is(mutant) + b" { return " + value + b"; }")
    original = (_EITHER + b"Second(") * (depth + 1) + block + b")" * (depth + 1)
    return b"{" + _marked([mutant.number for mutant in mutants], early + original) + b"}"


def _choose(mutants: list[Mutant], form: Callable[[bytes], bytes], original: bytes) -> bytes:
    branches = [
        b"if " + _is(mutant) + b" { " + _marked([mutant.number], form(mutant.replacement.encode())) + b" } else "
        for mutant in mutants
    ]
    numbers = [mutant.number for mutant in mutants]
    return _marked(numbers, b"(" + b"".join(branches) + b"{ " + form(original) + b" })")
