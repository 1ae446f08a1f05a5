"""The command line: `python -m mutants.package`, with the options that `--help` describes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from mutants.package.deciding import SOURCES, covering_tests, deciding_files
from mutants.package.mutmut_run import try_files
from mutants.results import read_equivalents, read_package_results, write_package_results

ROOT = Path(__file__).parents[3]
WORK = ROOT / "target" / "mutants" / "package"


def main() -> int:
    """Try the mutants of some deciding modules that are not caught yet; return 1 for a survivor without a reason."""
    options = _read_command_line()
    shard, shards = map(int, options.shard.split("/"))
    prefixes = tuple(options.files.split())
    files = _changed_files(options.base) if options.base else deciding_files(ROOT)
    chosen = [file for file in files if str(file).startswith(prefixes)][shard - 1 :: shards]
    by_tests: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for file in chosen:
        by_tests[tuple(covering_tests(file))].append(file)
    equivalents = read_equivalents()
    caught = {result.key: result for result in read_package_results() if result.state in {"caught", "timeout"}}
    unexplained = []
    for tests, files in by_tests.items():
        results = try_files(ROOT, WORK, files, tests, caught)
        write_package_results([str(file) for file in files], results)
        unexplained += [result for result in results if result.state == "survived" and result.key not in equivalents]
    states = Counter(result.state for result in read_package_results())
    print(
        f"of the package: {dict(states)}", *(f"survived: {result.line().rstrip()}" for result in unexplained), sep="\n"
    )
    return 1 if unexplained else 0


def _changed_files(base: str) -> list[Path]:
    command = ["git", "diff", "--name-only", "--merge-base", base, "--", str(SOURCES)]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [file for file in deciding_files(ROOT) if str(file) in names]


def _read_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants.package", description=main.__doc__)
    parser.add_argument("--shard", default="1/1", help="which part of the modules, such as 1/8")
    parser.add_argument("--files", default=str(SOURCES), help="prefixes of the modules, with spaces between them")
    parser.add_argument("--base", help="only modules that changed since this commit")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
