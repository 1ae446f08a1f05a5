"""The command line: `python -m mutants`, with the options that `--help` describes."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from threading import Lock

from mutants.core_run import CoreRun, changed_lines
from mutants.mutant import Mutant, list_mutants
from mutants.results import Result, area, read_done, read_equivalents, read_results, write_results

ROOT = Path(__file__).parents[2]
WORK = ROOT / "target" / "mutants"
# No test compiles what is for the fuzz targets alone.
SCOPE = ("--file", "src/**", "--exclude", "src/jwks/fuzzing.rs")
# A survivor of the core's own tests alone waits for the second suite.
_SURVIVORS = {"rust": "second suite open", "python": "survived"}
_UNTRIED = Result("", "survived", "", "")


def main() -> int:
    """Try the mutants that have no result, keep the results, print the counts; return 1 if one changes a verdict."""
    options = _read_command_line()
    mutants = list_mutants(_find_tool(), ROOT, *SCOPE)
    results = read_results()
    chosen = [] if options.report else _choose(mutants, results, options)
    if chosen:
        _run(chosen, mutants, results, options)
    print(render_report(mutants, results))
    done = read_done()
    unexplained = find_unexplained(chosen if options.base else mutants, results)
    print(*(f"survived: {result.line().rstrip()}" for result in unexplained), sep="\n")
    if options.report:
        print(f"{len(done)} files are done; in these, {count_untried(mutants, results, done)} mutants have no result")
        unexplained = [result for result in unexplained if result.file in done]
    return 1 if unexplained else 0


def _run(chosen: list[Mutant], mutants: list[Mutant], results: dict[str, Result], options: argparse.Namespace) -> None:
    lock = Lock()

    def record(result: Result) -> None:
        with lock:
            results[result.key] = result
            write_results(results, mutants)

    target = Path(os.environ.get("CARGO_TARGET_DIR", WORK / "build"))
    waiting = {key for key, result in results.items() if (result.state, result.suite) == ("survived", "rust")}
    waiting -= {mutant.key for mutant in chosen} if options.again else set()
    CoreRun(ROOT, WORK, target, options.jobs, record, Path(options.python), options.seconds, waiting).run(chosen)


def _choose(mutants: list[Mutant], results: dict[str, Result], options: argparse.Namespace) -> list[Mutant]:
    shard, shards = map(int, options.shard.split("/"))
    equivalents = read_equivalents()
    wanted = set(_changed_keys(options.base)) if options.base else {mutant.key for mutant in mutants}
    return [
        mutant
        for mutant in mutants
        if mutant.key in wanted
        and mutant.number % shards == shard - 1
        and mutant.file.startswith(tuple(options.files.split()))
        and mutant.key not in equivalents
        and (options.again or results.get(mutant.key, _UNTRIED).state == "survived")
        and (not options.waiting or results.get(mutant.key, _UNTRIED).suite == "rust")
    ]


def _changed_keys(base: str) -> list[str]:
    diff = changed_lines(ROOT, base)
    if not diff:
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".diff") as file:
        file.write(diff)
        file.flush()
        return [mutant.key for mutant in list_mutants(_find_tool(), ROOT, *SCOPE, "--in-diff", file.name)]


def _find_tool() -> Path:
    tools = sorted((ROOT / "target" / "tools").glob("cargo-mutants-*/bin/cargo-mutants"))
    if not tools:
        raise SystemExit("cargo-mutants must be in target/tools: run make mutants")
    return tools[-1]


def find_unexplained(mutants: list[Mutant], results: dict[str, Result]) -> list[Result]:
    """Return the survivors that the list of equivalents does not explain."""
    equivalents = read_equivalents()
    known = (results[mutant.key] for mutant in mutants if mutant.key in results)
    return [result for result in known if result.state == "survived" and result.key not in equivalents]


def count_untried(mutants: list[Mutant], results: dict[str, Result], files: set[str]) -> int:
    """Return the number of mutants of some files that have no result, because their lines changed."""
    return sum(mutant.file in files and mutant.key not in results for mutant in mutants)


def render_report(mutants: list[Mutant], results: dict[str, Result]) -> str:
    """Return the counts of each folder of the core, as a table."""
    equivalents = read_equivalents()
    counts: dict[str, Counter[str]] = {}
    for mutant in mutants:
        result = results.get(mutant.key)
        state = "not run" if result is None else result.state
        if result is not None and state == "survived":
            state = _SURVIVORS[result.suite]
            state = "equivalent" if mutant.key in equivalents else state
        for row in (area(mutant.file), "all"):
            counts.setdefault(row, Counter())[state] += 1
    columns = ("caught", "timeout", "unviable", "equivalent", *_SURVIVORS.values(), "not run")
    rows = [("folder", "mutants", *columns), ("---", *("--:",) * (len(columns) + 1))]
    rows += [
        (name, str(count.total()), *(str(count[column]) for column in columns))
        for name, count in sorted(counts.items(), key=lambda row: (row[0] == "all", row[0]))
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--shard", default="1/1", help="which part of the mutants, such as 1/8")
    parser.add_argument("--files", default="src/", help="prefixes of the files, with spaces between them")
    parser.add_argument("--base", help="only what changed since this commit")
    parser.add_argument("--again", action="store_true", help="also those that have a result")
    parser.add_argument("--waiting", action="store_true", help="only those that wait for the second suite")
    parser.add_argument("--report", action="store_true", help="only print the counts")
    parser.add_argument("--jobs", type=int, default=2, help="how many mutants at a time")
    parser.add_argument("--seconds", type=float, default=15.0, help="of the second suite's tests, for each mutant")
    parser.add_argument("--python", default=str(ROOT / ".venv" / "bin" / "python"), help="runs the package's tests")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
