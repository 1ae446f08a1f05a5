"""Functions that a program must call itself: FastAPI refuses to fill their parameters."""

# No `annotations` import: the annotations of some functions here must not be texts.

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args

import pytest
from fastapi import Depends, FastAPI

from fastjose._program_only import program_only

TEXT = "this must be called"


def build_route(dependency: Any) -> None:
    app = FastAPI()

    @app.get("/")
    async def read(result: Annotated[Any, Depends(dependency)]) -> None: ...


def create_functions() -> dict[str, Callable[..., Any]]:
    """Return marked functions, each of which can be called with `role`, a number."""

    class Checks:
        @program_only(TEXT)
        def require(self, role: int) -> int:
            return role

        @classmethod
        @program_only(TEXT)
        def build(cls, role: int) -> int:
            return role

    @program_only(TEXT)
    def plain(role: int, _other: str = "x") -> int:
        return role

    @program_only(TEXT)
    def with_texts(role: "int", _other: "str" = "x") -> "int":
        return role

    @program_only(TEXT)
    def without_types(role, _other=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202 - the case under test
        return role

    @program_only(TEXT)
    def several(*role: int) -> int:
        return role[0]

    @program_only(TEXT)
    async def later(role: int) -> int:
        return role

    return {
        "bound method": Checks().require,
        "method of a class": Checks.build,
        "plain": plain,
        "with texts": with_texts,
        "without types": without_types,
        "several": several,
        "later": later,
    }


@pytest.mark.parametrize(
    "name", ["bound method", "method of a class", "plain", "with texts", "without types", "several", "later"]
)
def test_function_is_no_dependency_and_stays_a_function(name: str) -> None:
    function = create_functions()[name]
    with pytest.raises(TypeError, match=f"^{TEXT}$"):
        build_route(function)
    called = function(3)
    if inspect.iscoroutine(called):
        called.close()
    else:
        assert called == 3


def test_function_of_a_class_is_no_dependency_without_its_object() -> None:
    class Checks:
        @program_only(TEXT)
        def require(self, role: int) -> int:
            return role

    with pytest.raises(TypeError, match=f"^{TEXT}$"):
        build_route(Checks.require)


def test_only_the_first_parameter_is_marked() -> None:
    functions = create_functions()
    for name, kind in (("plain", int), ("with texts", Any), ("without types", Any), ("bound method", int)):
        annotations = functions[name].__annotations__
        marked, mark = get_args(annotations["role"])
        assert marked is kind
        assert repr(mark) == "not from a request"
        assert annotations.get("_other", str) in {str, "str"}
    assert set(functions["bound method"].__annotations__) == {"role", "return"}
    assert set(functions["method of a class"].__annotations__) == {"role", "return"}
