"""Table of README and of the results page: how much more a request with a user costs than one without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import benches.targets as t
from benches.report.tables import format_table

if TYPE_CHECKING:
    from benches.comparisons.measurements import Measurement, Measurements

REQUESTS = {
    "HS256": t.USER_HS256,
    "EdDSA": t.USER_EDDSA,
    "EdDSA, token seen before": t.USER_EDDSA_SEEN,
}
BASELINES = {"over no authentication": t.BARE_ROUTE, "over one empty dependency": t.EMPTY_DEPENDENCY}


def format_request_table(measurements: Measurements) -> str:
    """Return the additional instructions of a request through `AuthenticatedUser`, in percent of each baseline."""
    by_candidate = measurements[t.REQUEST_INSTRUCTIONS]
    rows = [
        [label, *(_format_more(by_candidate[candidate], by_candidate[name]) for name in BASELINES.values())]
        for label, candidate in REQUESTS.items()
    ]
    return format_table(["`AuthenticatedUser`", *BASELINES], rows)


def format_return_type_sentence(measurements: Measurements) -> str:
    """Return what the return type of a route saves, beside the cost of a verification."""
    by_candidate = measurements[t.REQUEST_INSTRUCTIONS]
    untyped, typed, verification = (by_candidate[name] for name in (t.USER_HS256_UNTYPED, t.USER_HS256, t.VERIFY_HS256))
    if typed.unavailable:
        return f"The instructions of a request were not counted: {typed.unavailable}."
    return (
        f"The return type `-> CurrentUser` saves {untyped.median - typed.median:,.0f} instructions of a request; "
        f"an HS256 verification takes {verification.median:,.0f}."
    )


def _format_more(candidate: Measurement, baseline: Measurement) -> str:
    if candidate.unavailable or baseline.unavailable:
        return "–"
    return f"+{100 * (candidate.median / baseline.median - 1):.0f} %"
