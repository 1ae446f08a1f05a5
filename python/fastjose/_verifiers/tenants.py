"""`Tenants`: a function of the application from an issuer to its verifier."""

from __future__ import annotations

import inspect
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Generic

import anyio
from anyio.lowlevel import current_token

from fastjose._application_functions import close_coroutine, is_coroutine_function
from fastjose._core import Verifier
from fastjose._hints.function_failures import log_failure
from fastjose._process_locks import ProcessLock
from fastjose._telemetry.switch import observe_verifier
from fastjose._verifiers.choice import ChosenT
from fastjose._verifiers.limits import MAX_TENANTS, TENANT_SECONDS, TENANT_TIMEOUT_SECONDS
from fastjose.exceptions import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastjose._verifiers.choice import TenantFunction


class Tenants(Generic[ChosenT]):
    """Asks a function for the verifiers of issuers, and keeps them for a while.

    Concurrent requests for one issuer share a call. That an issuer is unknown is not kept: it costs a call each time.
    """

    verifiers: tuple[Verifier, ...] = ()

    def __init__(
        self,
        function: TenantFunction,
        create_chosen: Callable[[Verifier], ChosenT],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask `function`. `clock` returns the time in seconds, from any start."""
        self._function, self._create_chosen = function, create_chosen
        self._kept: KeptVerifiers[ChosenT] = KeptVerifiers(clock)
        self._calls: dict[tuple[Any, str], _SharedCall[ChosenT]] = {}
        self.find = self._kept.get

    async def ask(self, issuer: str) -> ChosenT | None:
        """Return the verifier of `issuer`, or None.

        Raises:
            StoreUnavailableError: The function failed, or took too long.
        """
        key = (current_token(), issuer)  # an event of one event loop must not be set in another
        while (call := self._calls.get(key)) is not None:
            await call.finished.wait()
            if not call.was_cancelled:
                return call.result()
        call = self._calls[key] = _SharedCall()
        try:
            await call.run(self._ask_function, issuer)
        finally:
            del self._calls[key]
            call.finished.set()
        return call.result()

    def ask_now(self, issuer: str) -> ChosenT | None:
        """Return the verifier of `issuer`, or None, without an event loop.

        Raises:
            StoreUnavailableError: The function failed.
            TypeError: The function is a coroutine function.
        """
        if is_coroutine_function(self._function):
            raise TypeError("verify_token requires a plain function of issuers: in a coroutine, use a dependency")
        try:
            result = self._function(issuer)
        except Exception as error:  # noqa: BLE001 - a function of the application: whatever fails in it admits no one
            failure = _describe_exception(error)
        else:
            return self._keep(issuer, result)
        raise _fail(failure)

    async def _ask_function(self, issuer: str) -> ChosenT | None:
        try:
            with anyio.fail_after(TENANT_TIMEOUT_SECONDS):
                result = self._function(issuer)
                result = await result if inspect.isawaitable(result) else result
        except Exception as error:  # noqa: BLE001 - as above
            failure = _describe_exception(error)
        else:
            return self._keep(issuer, result)
        # Outside the handler: the caught error may contain values of the token.
        raise _fail(failure)

    def _keep(self, issuer: str, result: object) -> ChosenT | None:
        if result is None:
            return None
        if not isinstance(result, Verifier):
            close_coroutine(result)
            raise _fail(f"returned an object of {type(result).__qualname__}, not a Verifier or None")
        if issuer not in result.issuers:
            raise _fail("returned a verifier that does not have the issuer among its issuers")
        chosen = self._create_chosen(result)
        observe_verifier(result, is_configured=False)
        self._kept.add(issuer, chosen)
        return chosen


class KeptVerifiers(Generic[ChosenT]):
    """The verifiers that a function has returned: bounded in number and in time. Threads may share it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin empty; `clock` returns the time in seconds, from any start."""
        self._clock, self._lock = clock, ProcessLock()
        self._entries: OrderedDict[str, tuple[float, ChosenT]] = OrderedDict()

    def get(self, issuer: str) -> ChosenT | None:
        """Return the verifier that is kept for `issuer`."""
        with self._lock:
            entry = self._entries.pop(issuer, None)
            if entry is None or entry[0] <= self._clock():
                return None
            self._entries[issuer] = entry  # the one that was used last
            return entry[1]

    def add(self, issuer: str, chosen: ChosenT) -> None:
        """Keep the verifier of `issuer`. The least recently used one goes if there are too many."""
        with self._lock:
            self._entries[issuer] = (self._clock() + TENANT_SECONDS, chosen)
            self._entries.move_to_end(issuer)
            if len(self._entries) > MAX_TENANTS:
                self._entries.popitem(last=False)


class _SharedCall(Generic[ChosenT]):
    """One call of the function, whose outcome all requests for its issuer have."""

    def __init__(self) -> None:
        self.finished, self.was_cancelled = anyio.Event(), True
        self._chosen: ChosenT | None = None
        self._failed = False

    async def run(self, ask: Any, issuer: str) -> None:
        """Call `ask`. If the request that calls is cancelled, another one calls again."""
        try:
            self._chosen = await ask(issuer)
        except StoreUnavailableError:
            self._failed = True
        self.was_cancelled = False

    def result(self) -> ChosenT | None:
        """Return the outcome. An exception has the traceback of one request, so each request has its own."""
        if self._failed:
            raise _unavailable()
        return self._chosen


def _describe_exception(error: Exception) -> str:
    """Return the class of an exception. Its text may contain values of the token."""
    return f"raised {type(error).__qualname__}"


def _fail(failure: str) -> StoreUnavailableError:
    log_failure("tenants_failed", failure)
    return _unavailable()


def _unavailable() -> StoreUnavailableError:
    return StoreUnavailableError("the function of issuers failed")
