"""Compares the crates and the packages of Python with the published advisories.

`check_advisories.py CARGO_DENY PIP_AUDIT`. cargo-deny asks the database of RustSec, a repository of git. pip-audit asks
PyPI. A database that cannot be reached is reported, and is a failure with `FASTJOSE_REQUIRE_ADVISORIES=1`, as in the
workflow: a check without its database has found nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
AUDITED = ["audit", "bench", "build", "dev", "docs", "frameworks", "peers"]
"""The lock files of current versions. `min-versions`, `downstream` and `e2e-baselines` are old on purpose."""

ACCEPTED = {
    # ecdsa's timing of signatures, without a mend. Only python-jose uses it, which the tests compare with.
    "CVE-2024-23342": "ecdsa",
}


@dataclass(frozen=True)
class Finding:
    """The result of one database: what it reports, or why it could not be asked."""

    subject: str
    vulnerable: list[str]
    unreachable: str = ""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project, and return its output."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own


def check_crates(cargo_deny: str) -> Finding:
    """Compare `Cargo.lock` with the database of RustSec."""
    fetched = run(cargo_deny, "fetch", "db")
    if fetched.returncode != 0:
        return Finding("crates", [], last_line(fetched.stderr))
    checked = run(cargo_deny, "check", "--disable-fetch", "--hide-inclusion-graph", "advisories")
    return Finding("crates", [checked.stderr or checked.stdout] if checked.returncode != 0 else [])


def check_packages(pip_audit: str, requirements: Path) -> Finding:
    """Compare locked packages of Python with PyPI's advisories."""
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    options += [f"--ignore-vuln={advisory}" for advisory in ACCEPTED]
    audited = run(pip_audit, *options, "--requirement", str(requirements))
    try:
        report = json.loads(audited.stdout)["dependencies"]
    except (ValueError, KeyError):
        return Finding(requirements.name, [], last_line(audited.stderr))
    return read_report(requirements.name, report)


def read_report(name: str, report: list[dict[str, Any]]) -> Finding:
    """Return what pip-audit reports. If it could not audit a package, the report is worth nothing."""
    vulnerable = [
        f"{package['name']} {package['version']}: {advisory['id']}"
        for package in report
        for advisory in package.get("vulns", [])
    ]
    skipped = [package["skip_reason"] for package in report if "skip_reason" in package]
    if not report:
        return Finding(name, vulnerable, "the report is empty")
    return Finding(name, vulnerable, f"{len(skipped)} of {len(report)} packages: {skipped[0]}" if skipped else "")


def last_line(text: str) -> str:
    """Return the last line of an error that is not empty."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "without a message"


def report_finding(finding: Finding) -> bool:
    """Print the finding; return whether it is a pass."""
    if finding.vulnerable:
        print(f"{finding.subject}: VULNERABLE", *finding.vulnerable, sep="\n  ")
        return False
    if finding.unreachable:
        print(f"{finding.subject}: NOT CHECKED, database not reachable: {finding.unreachable}")
        return os.environ.get("FASTJOSE_REQUIRE_ADVISORIES") != "1"
    print(f"{finding.subject}: without a known advisory")
    return True


def main(cargo_deny: str, pip_audit: str) -> int:
    """Check every lock file; return the exit status."""
    locked = [ROOT / "requirements" / f"{name}.txt" for name in AUDITED]
    findings = [check_crates(cargo_deny), *(check_packages(pip_audit, path) for path in locked)]
    passes = [report_finding(finding) for finding in findings]
    return 0 if all(passes) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
