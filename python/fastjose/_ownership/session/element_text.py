"""Whether an element of SQL renders text, which could widen the condition of the owner or read another table.

An element of a kind that is not listed here is refused: a new version of SQLAlchemy can have one that is text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.sql.operators import and_, between_op, custom_op, not_between_op
from sqlalchemy.sql.selectable import ForUpdateArg

from fastjose._ownership.errors import OwnershipError

if TYPE_CHECKING:
    from collections.abc import Iterable

USE_ORM = "select its model instead, or use repository.unrestricted()"
TEXT_ERROR = f"SQL text cannot be filtered by owner: {USE_ORM}"

_KNOWN = (
    "aggregate_order_by aggregateorderby alias array binary bindparam case cast clauselist collation column "
    "column_element compound_select cte dmltargetcopy element_list expression_clauselist extract false frame_clause "
    "funcfilter function grouping join label label_reference lambda_element lateral mysql_dml_limit_clause mysql_match "
    "null on_conflict_do_nothing on_conflict_do_update on_duplicate_key_update order_by_list over override_binds "
    "postgresql_distinct_on scalar_function_column scalar_values select select_statement_grouping slice subquery table "
    "table_valued_alias table_valued_column tablesample textual_label_reference true try_cast tuple type_coerce "
    "typeclause unary values withingroup"
)
KNOWN_KINDS = frozenset(_KNOWN.split())
"""The `__visit_name__` of elements that consist of other elements, values and names."""
TEXT_KINDS = frozenset({"textclause", "textual_select", "tstring", "tstring_text"})

_WORDS = ("LIKE", "ILIKE", "RLIKE", "REGEXP", "GLOB", "MATCH", "SIMILAR TO")
_STATES = ("", " NULL", " TRUE", " FALSE", " UNKNOWN", " DISTINCT FROM")
WORD_OPERATORS = frozenset(
    (
        *("NOT", "DIV", "MOD", "OVERLAPS", "AT TIME ZONE", "SOUNDS LIKE", "MEMBER OF"),
        *(f"{negation}{word}" for word in _WORDS for negation in ("", "NOT ")),
        *(f"IS{negation}{state}" for state in _STATES for negation in ("", " NOT")),
    )
)
"""The operators of words that bind more tightly than AND. BETWEEN would take the AND before the owner for its own."""
SIGNS = re.compile(r"(?!.*(?:--|/\*|\*/))[-+*/<>=~!@#%^&|?]+")
"""The characters of an operator in PostgreSQL, without those that begin a comment."""
OR_OF_MYSQL = "||"

HARMLESS_LITERAL = re.compile(r"\*|[0-9]+")
HARMLESS_FIELD = re.compile(r"[A-Za-z_]+")
HARMLESS_NAME = re.compile(r"[^\W\d][\w$]*(?:\.[^\W\d][\w$]*)*")
HARMLESS_IN_TYPE = re.compile(r"\w+(?:[ .@-]\w+)*")

_NAMES = (
    "name",
    "schema",
    "collation",
    "collation_schema",
    "packagenames",
    "constraint_target",
    "inferred_target_elements",
)
_TYPE_NAMES = ("name", "schema")
_TYPE_PARTS = (
    *("length", "precision", "scale", "day_precision", "second_precision", "fsp", "display_width", "dimensions"),
    *("fields", "collation", "charset"),
)


def check_element(element: Any) -> None:
    """Return if an element renders no text: its kind, its operator, its names and its type.

    Raises:
        OwnershipError: It renders text, or its kind is not known.
    """
    kind: str = element.__visit_name__
    if kind not in KNOWN_KINDS and not isinstance(element, ForUpdateArg):
        unknown = f"an element of SQL that fastjose does not know ({kind}) cannot be filtered by owner: {USE_ORM}"
        raise OwnershipError(TEXT_ERROR if kind in TEXT_KINDS else unknown)
    attributes = vars(element)
    for name in _NAMES:
        if name in attributes:
            check_name(attributes[name])
    if kind in ("binary", "unary"):
        _check_operator(attributes, is_unary=kind == "unary")
        _check_operands(attributes)
    elif kind == "lambda_element":
        _check_is_separate(element._resolved)  # noqa: SLF001 - what it renders
    elif kind in ("bindparam", "cast", "try_cast", "typeclause"):
        _check_type(element.type)
    elif kind == "extract" and not HARMLESS_FIELD.fullmatch(element.field):
        raise OwnershipError(TEXT_ERROR)
    elif kind in ("table_valued_alias", "values"):
        _check_columns(element.columns)


def check_name(name: object) -> None:
    """Return if a name is not rendered as it is, or is a plain one. A name without quotes could be text.

    Raises:
        OwnershipError: It is a `quoted_name(…, quote=False)` of more than words.
    """
    if isinstance(name, (list, tuple)):
        for part in name:
            check_name(part)
    elif isinstance(name, quoted_name) and name.quote is False and not HARMLESS_NAME.fullmatch(name):
        raise OwnershipError(TEXT_ERROR)


def check_literal(column: Any) -> None:
    """Return if a column is not text.

    Raises:
        OwnershipError: It is a `literal_column()` of more than a number or a star.
    """
    if column.is_literal and not HARMLESS_LITERAL.fullmatch(column.name):
        raise OwnershipError(TEXT_ERROR)


def check_prefixes(element: Any) -> None:
    """Refuse the prefixes and suffixes of a statement or of a CTE.

    Raises:
        OwnershipError: It has one.
    """
    if any(getattr(element, name, None) for name in ("_prefixes", "_suffixes")):
        raise OwnershipError("prefixes and suffixes are SQL text, which cannot be filtered by owner")


def check_hints(statement: Any) -> None:
    """Refuse the hints of a statement, and options of a dialect that are not numbers.

    Raises:
        OwnershipError: It has one.
    """
    options = getattr(statement, "dialect_kwargs", {}).values()
    hints = (getattr(statement, name, None) for name in ("_hints", "_statement_hints"))
    if any(hints) or not all(isinstance(option, int | None) for option in options):
        raise OwnershipError("hints are SQL text, which cannot be filtered by owner")


def _check_operator(attributes: dict[str, Any], *, is_unary: bool) -> None:
    """Refuse an operator of `op()` that is more than signs or a known word, or that could bind less tightly than AND.

    SQLAlchemy writes no parentheses around an operator with a precedence, nor around one after its operand.
    """
    for name in ("operator", "modifier"):
        operator = attributes.get(name)
        if isinstance(operator, custom_op):
            is_word = operator.opstring.upper() in WORD_OPERATORS
            if not is_word and not SIGNS.fullmatch(operator.opstring):
                raise OwnershipError(TEXT_ERROR)
            if operator.precedence and (is_word or operator.opstring == OR_OF_MYSQL):
                raise OwnershipError(
                    f"the operator {operator.opstring} must not have a precedence: remove precedence=… from op()"
                )
            if is_unary and operator.opstring == OR_OF_MYSQL:
                raise OwnershipError(TEXT_ERROR)


def _check_operands(attributes: dict[str, Any]) -> None:
    """Refuse an OR in the places where SQLAlchemy writes no parentheses: before a modifier, and in BETWEEN."""
    if isinstance(attributes.get("modifier"), custom_op):
        _check_is_separate(attributes["element"])
    elif attributes.get("operator") in (between_op, not_between_op):
        for bound in attributes["right"].clauses:
            _check_is_separate(bound)


def _check_is_separate(element: Any) -> None:
    """Refuse an element that needs parentheses beside an AND."""
    while (kind := element.__visit_name__) in ("label", "type_coerce"):
        element = element.element if kind == "label" else element.clause
    if kind != "grouping" and element.self_group(against=and_).__visit_name__ == "grouping":
        raise OwnershipError(
            "a condition with OR must be in parentheses in a lambda, in BETWEEN and before an operator: call its "
            "self_group()"
        )


def _check_type(type_: Any) -> None:
    """Refuse a type whose length or other parts, which are rendered as they are, are more than words and numbers."""
    attributes = vars(type_)
    for name in _TYPE_PARTS:
        part = attributes.get(name)
        if part is not None and not isinstance(part, int) and not HARMLESS_IN_TYPE.fullmatch(str(part)):
            raise OwnershipError(TEXT_ERROR)
    for name in _TYPE_NAMES:
        check_name(attributes.get(name))
    for name in ("impl", "item_type"):
        if (inner := attributes.get(name)) is not None:
            _check_type(inner)
    for variant in attributes.get("_variant_mapping", {}).values():
        _check_type(variant)


def _check_columns(columns: Iterable[Any]) -> None:
    """Refuse text in the names and types of the columns of a function or of rows of values."""
    for column in columns:
        check_name(column.name)
        _check_type(column.type)
