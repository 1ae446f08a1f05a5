"""`explain`: the verdict of an application on a credential, and the way to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastjose._cli.explain.cures import find_cure_of_claims, find_cures
from fastjose._cli.explain.details import Rules, describe
from fastjose._cli.explain.explanation import Explanation, Status, Step
from fastjose._cli.explain.introspected import read_content
from fastjose._cli.explain.probes import probe_claims, probe_signature
from fastjose._cli.explain.requests import Place, build_request
from fastjose._cli.explain.stages import SIGNED_CLAIMS, STAGES, find_stage
from fastjose._cli.explain.unchecked import find_unchecked
from fastjose._config.names.setting_names import name_variables

if TYPE_CHECKING:
    from fastjose._cli.explain.application import Application, Verdict
    from fastjose._refusals.refusal import Refusal
    from fastjose.exceptions import JOSEError

_SIGNATURE_STAGES = ("key", "signature")
_SIGNED_STAGES = frozenset({"payload", "type", "required", *(stage.name for stage in SIGNED_CLAIMS)})
_NOT_REACHED = "not checked: it needs what a step before it has not got"
_OK, _FORBIDDEN = 200, 403


def explain(application: Application, credential: str | bytes, place: Place) -> Explanation:
    """Return the verdict of `application` on a credential, and its steps.

    The verdict is that of a route with `AuthenticatedUser`, on a request with the credential in `place`. Keys and
    sessions are fetched for it, as for any request.
    """
    raw = credential.encode("utf-8", "surrogateescape") if isinstance(credential, str) else credential
    text = raw.decode("utf-8", "replace")
    verdict = asyncio.run(application.authenticate(build_request(place, raw), text))
    kind = place.kind or application.name_credential(text.strip())
    return _Narrator(application, kind, verdict, text.strip()).tell()


class _Narrator:
    """Tells the steps behind one verdict."""

    def __init__(self, application: Application, kind: str, verdict: Verdict, token: str) -> None:
        self._application, self._kind, self._verdict, self._token = application, kind, verdict, token
        self._code = self._find_code()
        self._options = application.find_options(kind)
        self._unverified = read_content(application, kind, token)
        self._failed = self._find_failed_stage()
        self._unchecked = find_unchecked(application, kind, token, self._unverified)

    def tell(self) -> Explanation:
        verdict = self._verdict
        refusal, error = verdict.refusal, verdict.error
        return Explanation(
            credential=self._kind,
            is_accepted=refusal is None,
            status=_OK if refusal is None else refusal.status_code,
            detail="" if refusal is None else str(refusal.detail),
            code=self._code,
            claim=None if error is None else error.claim,
            user_id=None if refusal is not None else getattr(verdict.user, "user_id", None),
            steps=tuple(self._tell_steps()),
        )

    def _find_code(self) -> str | None:
        if self._verdict.error is not None:
            return self._verdict.error.code
        return None if self._verdict.refusal is None else _code_of_refusal(self._verdict.refusal)

    def _find_failed_stage(self) -> str | None:
        error = self._verdict.error
        if error is None:
            return None if self._code is None else "transport"
        stage = find_stage(self._kind, error, self._options)
        is_logout_token = stage == "type" and error.code == "wrong_type" and self._probe("type") is True
        return "user" if is_logout_token else stage

    def _tell_steps(self) -> list[Step]:
        stages = [stage for stage in STAGES[self._kind] if self._is_told(stage.name)]
        names = [stage.name for stage in stages]
        position = len(names) if self._failed is None else names.index(self._failed)
        before = self._judge_signature() if self._is_behind_signature(position, names) else {}
        steps = []
        for index, stage in enumerate(stages):
            outcome, error = before.get(stage.name, self._judge(stage.name, index - position))
            if outcome == "passed" and stage.name in self._unchecked:
                outcome = "not_checked"
            elif outcome == "passed" and before and stage.name in _SIGNED_STAGES:
                outcome = "would_pass"
            steps.append(self._tell_step(stage.name, stage.title, outcome, error))
        return steps

    def _is_told(self, name: str) -> bool:
        """Return whether a step says something: rules that are not configured and did not fail are left out."""
        if name == self._failed:
            return True
        if name in {"revocation", "accept"}:
            return False
        if name == "shape" and self._application.credential_names == ("jwt",):
            return False
        return bool(self._options.get({"client": "client_id"}.get(name, name))) or name not in {
            "claims",
            "client",
        }

    def _is_behind_signature(self, position: int, names: list[str]) -> bool:
        return self._kind == "jwt" and self._failed is not None and position > names.index("signature")

    def _judge(self, name: str, distance: int) -> tuple[Status, JOSEError | None]:
        """Return the outcome of a step that is `distance` steps behind the one that failed."""
        if distance < 0:
            return "passed", None
        if distance == 0:
            return "failed", self._verdict.error
        probe = self._probe(name)
        if isinstance(probe, bool):
            return ("would_pass" if probe else "not_reached"), None
        return "would_fail", probe

    def _judge_signature(self) -> dict[str, tuple[Status, JOSEError | None]]:
        """Return the outcome of the steps up to the signature, if claims ruled the token out before they were taken."""
        error = probe_signature(self._application, self._token)
        if isinstance(error, bool):
            return {} if error else dict.fromkeys(_SIGNATURE_STAGES, ("not_reached", None))
        failed = find_stage("jwt", error, {})
        if failed not in _SIGNATURE_STAGES:
            return {}
        outcomes: dict[str, tuple[Status, JOSEError | None]] = {failed: ("would_fail", error)}
        if failed == "key":
            outcomes["signature"] = ("not_reached", None)
        return outcomes

    def _probe(self, name: str) -> JOSEError | bool:
        is_read = self._unverified.payload is not None
        return probe_claims(name, self._options, self._unverified) if is_read else False

    def _tell_step(self, name: str, title: str, outcome: Status, error: JOSEError | None) -> Step:
        is_red = outcome in {"failed", "would_fail"}
        code = (self._code if outcome == "failed" else None if error is None else error.code) if is_red else None
        return Step(
            name,
            title,
            outcome,
            self._describe(name, outcome, error),
            code,
            self._find_cures(code, error) if code is not None and outcome == "failed" else (),
        )

    def _find_cures(self, code: str, error: JOSEError | None) -> tuple[str, ...]:
        cure = find_cure_of_claims(code, error, self._unverified.claims) if self._kind == "opaque" else None
        return find_cures(code, error, self._verdict.hints) if cure is None else (cure,)

    def _describe(self, name: str, outcome: Status, error: JOSEError | None) -> str:
        detail = describe(name, Rules.of(self._application, self._kind), self._unverified)
        if outcome == "not_reached":
            return _NOT_REACHED
        if outcome == "not_checked":
            return self._unchecked[name] or detail
        message = "" if error is None else name_variables(str(error)).rstrip(".")
        if outcome == "failed" and error is None:
            message = str(self._verdict.refusal.detail) if self._verdict.refusal is not None else ""
        return ": ".join(part for part in (message, detail) if part)


def _code_of_refusal(refusal: Refusal) -> str:
    return "cross_origin" if refusal.status_code == _FORBIDDEN else "not_authenticated"
