"""Is the working tree slower, larger or worse than the commit it grew from?

``python .ci/regression.py`` measures the suite ``regression`` with the code of both, in turns, in
this environment, and compares them gate by gate; ``sgns_bench/compare/__init__.py`` says how. It
exits with 0, with 1 if a gate got worse, with 2 if the two cannot be compared.

``python .ci/regression.py --record`` measures the working tree alone and makes that the baseline in
``reports/baseline``, which is what later versions are held against on the same machine:
``python -m sgns_bench compare reports/baseline FOLDER``. It prints old and new, for the message of
the commit; that commit should hold nothing else, so that the tree must be clean.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SUITE = Path("evals", "regression.toml")
BASELINE = Path("reports", "baseline")
REPEATS = 8

# What `run` does, but for the report: it takes as long as the measurement.
RUN = """
import sys
from pathlib import Path
from sgns_bench import runner, suite
chosen = suite.load(sys.argv[1]).override(seeds=int(sys.argv[3]))
summary = runner.run(chosen, Path(sys.argv[2]), device="cpu")
sys.exit(f"{sys.argv[2]}: {summary}; see failures.log there" if summary.failed else 0)
"""


def main() -> int:
    """Compare, or record."""
    options = parse()
    with TemporaryDirectory(prefix="regression-") as temporary:
        out = (options.out or Path(temporary, "out")).resolve()
        if options.record:
            return record(out, options.repeats)
        with checkout(options.base, Path(temporary, "base")) as base:
            new = options.new.resolve()
            # The base's gates: no change loosens those that it is held against.
            suite = base / SUITE
            if not suite.exists():
                sys.stderr.write(f"error: {options.base} has no {SUITE}: nothing to compare with\n")
                return 2
            measure({"base": base, "new": new}, suite, out, options.repeats)
            return compare(new, out / "base", out / "new", suite, options.formats)


def parse() -> argparse.Namespace:
    """Return what the command line says; unknown options are those of ``compare``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    parser.add_argument(
        "--base", metavar="REV|DIR", default=None, help="if not given, where main is left"
    )
    parser.add_argument("--new", metavar="DIR", type=Path, default=ROOT, help="if not given, here")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of each side, 8 at least")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the records; resume there")
    parser.add_argument("--record", action="store_true", help="rewrite the baseline instead")
    options, options.formats = parser.parse_known_args()
    options.base = options.base or merge_base()
    return options


Raw: Any = argparse.RawDescriptionHelpFormatter


def merge_base() -> str:
    """Return the commit where this branch left main; on main itself, the one before."""
    known = [rev for rev in ("origin/main", "main") if git("rev-parse", "-q", "--verify", rev)]
    base = git("merge-base", "HEAD", known[0]) if known else ""
    if base and (base != git("rev-parse", "HEAD") or git("status", "--porcelain", "-uno")):
        return base
    return "HEAD~1"


@contextmanager
def checkout(base: str, folder: Path) -> Iterator[Path]:
    """Check a revision out beside the working tree, for a while; a folder is taken as it is."""
    if Path(base).is_dir():
        yield Path(base).resolve()
        return
    subprocess.run(
        ["git", "-C", ROOT, "worktree", "add", "-q", "--detach", folder, base], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", folder], check=True)


def measure(sides: dict[str, Path], suite: Path, out: Path, repeats: int) -> None:
    """Run a suite with the code of each side in turns; what is done already is not repeated."""
    warm = [start(code, suite, out / "warm-up" / name, 1) for name, code in sides.items()]
    codes = [process.wait() for process in warm]  # by now everything is compiled
    if any(codes):
        raise SystemExit(2)
    for repeat in range(1, repeats + 1):
        # Whoever comes second finds the machine warmer: that is each of them in turn.
        for name in sorted(sides, reverse=repeat % 2 == 0):
            sys.stderr.write(f"repeat {repeat} of {repeats}: {name}\n")
            if start(sides[name], suite, out / name, repeat).wait():
                raise SystemExit(2)


def start(code: Path, suite: Path, out: Path, seeds: int) -> subprocess.Popen[bytes]:
    """Start to measure the cells of so many seeds that are not there yet."""
    command = [sys.executable, "-c", RUN, str(suite.resolve()), str(out), str(seeds)]
    return subprocess.Popen(command, cwd=code, env=os.environ | {"PYTHONPATH": str(code)})


def compare(code: Path, base: Path, new: Path, suite: Path, options: Sequence[str]) -> int:
    """Print the comparison; return its exit code."""
    command = [sys.executable, "-m", "sgns_bench", "compare", str(base), str(new)]
    command += ["--suite", str(suite), *options]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": str(code)}).returncode


def record(out: Path, repeats: int) -> int:
    """Measure the working tree; print the baseline beside it, and replace it."""
    if git("status", "--porcelain"):
        sys.stderr.write(
            "error: the working tree has changes: commit them, then the baseline alone\n"
        )
        return 2
    baseline = ROOT / BASELINE / "records.jsonl"
    measure({"new": ROOT}, ROOT / SUITE, out, repeats)
    if baseline.exists():
        compare(ROOT, baseline, out / "new", ROOT / SUITE, [])
    baseline.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / "new" / "records.jsonl", baseline)
    sys.stdout.write(f"{BASELINE} is rewritten: commit it alone, with the table above\n")
    return 0


def git(*arguments: str) -> str:
    """Return what git says, "" if it fails."""
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
