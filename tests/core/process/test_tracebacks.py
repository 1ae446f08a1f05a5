"""Tracebacks without keys and tokens: the frames of the package have no variables, in an error and in its causes."""

from __future__ import annotations

import inspect
import sys
import traceback
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from fastjose._tracebacks import clear_frames, drop_tracebacks, hide_arguments

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "a-secret"

SOURCE = """
def fail(secret, cause=None):
    variable = [secret]
    inner(variable, cause)

def inner(variable, cause):
    if cause is not None:
        raise ValueError("outer") from cause
    raise KeyError("inner")

def fail_in_handler(secret):
    try:
        fail(secret)
    except KeyError:
        raise ValueError("in handler")
"""


def load(name: str) -> Any:
    """Return a module of the test that has the name of another."""
    module = ModuleType(name)
    exec(SOURCE, vars(module))  # noqa: S102 - ours
    return module


def catch(function: Callable[..., object], *args: object, **kwargs: object) -> BaseException:
    try:
        function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - the test looks at it
        return error
    raise AssertionError("no error")


def has_secret(error: BaseException) -> bool:
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    reports = [report]
    while reports:
        each = reports.pop()
        frames = [frame for frame in each.stack if frame.filename == "<string>"]
        assert frames, "the frames stay in the traceback"
        if any(SECRET in str(frame.locals) for frame in frames):
            return True
        reports += [more for more in (each.__cause__, each.__context__) if more is not None]
    return False


@pytest.mark.parametrize(
    ("name", "is_cleared"),
    [
        ("fastjose", True),
        ("fastjose.jwt", True),
        ("fastjose.backends.base", True),
        ("application", False),
        ("fastjose_more", False),
        ("application.fastjose", False),
    ],
)
def test_frames_of_the_package_alone_are_cleared(name: str, *, is_cleared: bool) -> None:
    error = catch(load(name).fail, SECRET)
    assert has_secret(error)
    clear_frames(error)
    assert has_secret(error) is not is_cleared


def test_frames_of_a_module_without_a_name_are_left() -> None:
    variables: dict[str, Any] = {}
    exec(SOURCE, variables)  # noqa: S102 - ours
    del variables["__builtins__"]
    error = catch(variables["fail"], SECRET)
    clear_frames(error)
    assert has_secret(error)


def test_frames_of_causes_and_contexts_are_cleared() -> None:
    module = load("fastjose.jwt")
    innermost = catch(module.fail, SECRET)
    for error in (catch(module.fail, SECRET, innermost), catch(module.fail_in_handler, SECRET)):
        assert error.__cause__ or error.__context__
        assert has_secret(error)
        clear_frames(error)
        assert not has_secret(error)


def test_cause_and_context_of_one_error_are_cleared() -> None:
    module = load("fastjose.jwt")
    error, cause, context = (catch(module.fail, SECRET) for _ in range(3))
    error.__cause__, error.__context__ = cause, context
    context.__context__ = ValueError("the end of a chain")
    clear_frames(error)
    context.__context__ = None
    assert [has_secret(each) for each in (error, cause, context)] == [False] * 3


def test_errors_that_name_each_other_are_cleared() -> None:
    module = load("fastjose.jwt")
    first, second = catch(module.fail, SECRET), catch(module.fail, SECRET)
    first.__cause__, second.__context__ = second, first
    clear_frames(first)
    first.__cause__ = second.__context__ = None
    assert not has_secret(first)
    assert not has_secret(second)


def test_tracebacks_of_an_error_and_of_its_causes_are_dropped() -> None:
    """Those of any module: a driver keeps the parameters of a query in its frames."""
    module = load("driver")
    cause = catch(module.fail, SECRET)
    for error in (catch(module.fail, SECRET, cause), catch(module.fail_in_handler, SECRET)):
        below = error.__cause__ or error.__context__
        assert below is not None
        drop_tracebacks(error)
        assert (error.__traceback__, below.__traceback__) == (None, None)


def test_error_without_a_traceback_is_left() -> None:
    clear_frames(ValueError("never raised"))


def test_frame_that_is_running_is_left() -> None:
    module = load("fastjose.jwt")
    seen: list[bool] = []

    def fail_and_clear() -> None:
        value = SECRET
        try:
            module.fail(value)
        except KeyError as error:
            clear_frames(error)
            seen.append(value == SECRET)
            raise

    vars(module)["__name__"] = "fastjose.jwt"
    fail: Any = FunctionType(
        fail_and_clear.__code__, {**globals(), "__name__": "fastjose.jwt"}, closure=fail_and_clear.__closure__
    )
    error = catch(fail)
    assert seen == [True]
    assert not has_secret(error)


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_arguments_of_a_hidden_function_are_in_no_traceback(kind: type[BaseException]) -> None:
    module = load("fastjose.jwt")

    def fail(*args: object, **kwargs: object) -> None:
        raise kind(len(args), sorted(kwargs))

    module.inner = fail
    error = catch(hide_arguments(module.fail), SECRET, cause=[SECRET])
    assert type(error) is kind
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    below = [frame for frame in report.stack if "/fastjose/" in frame.filename or frame.filename == "<string>"]
    assert len(below) == 2
    assert SECRET not in str([frame.locals for frame in below])


def test_hidden_function_is_called_and_named_like_the_original() -> None:
    def divide(one: int, *, other: int = 2) -> float:
        """Return the quotient."""
        return one / other

    hidden = hide_arguments(divide)
    assert (hidden(3), hidden(3, other=6)) == (1.5, 0.5)
    assert (hidden.__name__, hidden.__doc__) == ("divide", "Return the quotient.")
    assert inspect.signature(hidden) == inspect.signature(divide)
    with pytest.raises(ZeroDivisionError):
        hidden(1, other=0)
    assert sys.exc_info() == (None, None, None)


def test_arguments_of_a_hidden_constructor_are_in_no_traceback() -> None:
    module = load("fastjose.jwt")

    class Holder:
        @hide_arguments
        def __init__(self, secret: str, *, is_wrong: bool = False) -> None:
            """Keep the secret."""
            self.secret = secret
            if is_wrong:
                module.fail(secret)

    assert list(inspect.signature(Holder).parameters) == ["secret", "is_wrong"]
    assert (Holder(SECRET).secret, Holder.__init__.__doc__) == (SECRET, "Keep the secret.")
    error = catch(Holder, SECRET, is_wrong=True)
    below = [frame for frame in traceback.walk_tb(error.__traceback__) if "fastjose" in frame[0].f_globals["__name__"]]
    assert len(below) == 3
    assert SECRET not in str([frame.f_locals for frame, _ in below])


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_causes_of_an_error_of_one_frame_are_cleared(link: str) -> None:
    inner = catch(load("fastjose.jwt").fail, SECRET)
    try:
        int("no number")
    except ValueError as outer:
        setattr(outer, link, inner)
        assert has_secret(inner)
        clear_frames(outer)
        assert not has_secret(inner)


def test_causes_that_lead_to_each_other_are_cleared_once() -> None:
    outer, first, second = (catch(load("fastjose.jwt").fail, SECRET) for _ in range(3))
    outer.__cause__, first.__cause__, second.__cause__ = first, second, first
    clear_frames(outer)
    for error in (outer, first, second):
        error.__cause__ = None
        assert not has_secret(error)
