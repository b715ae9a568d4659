"""Is the working tree slower, larger or worse than the commit it grew from?

``python .ci/regression.py`` measures the suite ``regression`` with the code of both, in turns, in
this environment (the working tree's), and compares them gate by gate; ``sgns_bench/regression/gates.py``
says how. It exits with 0, with 1 if a gate got worse, with 2 if the two cannot be compared.

``python .ci/regression.py --record`` measures the working tree alone and makes that the baseline in
``reports/baseline``, which is what later versions are held against on the same machine:
``python -m sgns_bench compare reports/baseline FOLDER``. It prints old and new, for the message of
the commit; that commit should hold nothing else, so that the tree must be clean.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SUITE = Path("evals", "regression.toml")
BASELINE = Path("reports", "baseline")
REPEATS = 8  # the least that compare takes
RULERS = ("sgns_bench/measures", "sgns_bench/tasks")  # what either side is measured with

# What `run` does, but for the report: it takes as long as the measurement.
RUN = """
import signal
import sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.SIG_DFL)  # the script says that it was interrupted, once
from sgns_bench.bench import runner, suite
chosen = suite.load(sys.argv[1]).override(seeds=int(sys.argv[3]))
summary = runner.run(chosen, Path(sys.argv[2]), device="cpu")
sys.exit(f"{sys.argv[2]}: {summary}; see failures.log there" if summary.failed else 0)
"""


def main() -> int:
    """Compare, or record."""
    options = parse()
    with TemporaryDirectory(prefix="regression-") as temporary:
        out = (options.out or Path(temporary, "out")).resolve()
        try:
            return (record if options.record else judge)(out, Path(temporary), options)
        except NotComparableError as error:
            sys.stderr.write(f"error: {error}\n")
            return 2
        except KeyboardInterrupt:
            sys.stderr.write("interrupted; with --out DIR it goes on where it stopped\n")
            return 130


class NotComparableError(Exception):
    """What keeps the two from being compared, in a line."""


def judge(out: Path, temporary: Path, options: argparse.Namespace) -> int:
    """Measure both sides and compare them; return the exit code."""
    with checkout(options.base, temporary / "base") as base:
        sides = {"base": base, "new": options.new.resolve()}
        # The base's gates: no change loosens those that it is held against.
        suite = base / SUITE
        if not suite.exists():
            raise NotComparableError(f"{options.base} has no {SUITE}: nothing to compare with")
        measure(sides, suite, out, temporary / "caches", options.repeats)
        for ruler in RULERS:
            if fingerprint(base, ruler) != fingerprint(sides["new"], ruler):
                sys.stderr.write(f"note: {ruler} differs, and each side is measured by its own\n")
        return compare(out / "base", out / "new", suite)


def parse() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=Raw)
    parser.add_argument(
        "--base", metavar="REV|DIR", default=None, help="if not given, where main is left"
    )
    parser.add_argument("--new", metavar="DIR", type=Path, default=ROOT, help="if not given, here")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="of each side, 8 at least")
    parser.add_argument("--out", metavar="DIR", type=Path, help="keep the records; resume there")
    parser.add_argument("--record", action="store_true", help="rewrite the baseline instead")
    options = parser.parse_args()
    if options.repeats < REPEATS:
        parser.error(f"--repeats {options.repeats}: from fewer than {REPEATS} nobody can tell")
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
    if not git("rev-parse", "-q", "--verify", f"{base}^{{commit}}"):
        raise NotComparableError(
            f"no commit {base!r} in {ROOT}; a shallow clone lacks it (fetch-depth: 0)"
        )
    try:
        git("worktree", "add", "-q", "--detach", str(folder), base, needed=True)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        git("worktree", "prune")


def measure(sides: dict[str, Path], suite: Path, out: Path, caches: Path, repeats: int) -> None:
    """Run a suite with the code of each side in turns; what is done already is not repeated.

    Each side reads the text into a cache of its own, or the one would train on the other's tokens.
    """
    for name, code in sides.items():
        check_resumed(out / f"{name}.code", fingerprint(code, "sgns_bench"))

    def start_side(name: str, out: Path, seeds: int) -> subprocess.Popen[bytes]:
        return start(sides[name], suite, out / name, caches / name, seeds)

    warm = [start_side(name, out / "warm-up", 1) for name in sides]
    codes = [process.wait() for process in warm]  # by now everything is compiled
    if any(codes):
        raise NotComparableError("the warm-up failed; see above")
    for repeat in range(1, repeats + 1):
        # Whoever comes second finds the machine warmer: that is each of them in turn.
        for name in sorted(sides, reverse=repeat % 2 == 0):
            sys.stderr.write(f"repeat {repeat} of {repeats}: {name}\n")
            if start_side(name, out, repeat).wait():
                raise NotComparableError(f"repeat {repeat} of {name} failed; see above")


def check_resumed(file: Path, code: str) -> None:
    """Write down of which code the records beside a file are; refuse them if it is another."""
    if file.exists() and file.read_text() != code:
        raise NotComparableError(
            f"{file.parent} has records of other code; give another --out or remove it"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)


def fingerprint(code: Path, folder: str) -> str:
    """Return a hash of the Python files below a folder of a checkout."""
    digest = hashlib.sha256()
    for path in sorted(code.glob(f"{folder}/**/*.py")):
        digest.update(path.relative_to(code).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def start(code: Path, suite: Path, out: Path, cache: Path, seeds: int) -> subprocess.Popen[bytes]:
    """Start to measure the cells of so many seeds that are not there yet."""
    command = [sys.executable, "-c", RUN, str(suite.resolve()), str(out), str(seeds)]
    own = {"PYTHONPATH": str(code), "SGNS_BENCH_CACHE": str(cache)}
    return subprocess.Popen(command, cwd=code, env=os.environ | own)


def compare(base: Path, new: Path, suite: Path) -> int:
    """Print the comparison, by the working tree's code; return its exit code."""
    command = [sys.executable, "-P", "-m", "sgns_bench", "compare", base, new, "--suite", suite]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}).returncode


def record(out: Path, temporary: Path, options: argparse.Namespace) -> int:
    """Measure the working tree; print the baseline beside it, and replace it."""
    if git("status", "--porcelain"):
        raise NotComparableError(
            "the working tree has changes: commit them, then the baseline alone"
        )
    baseline = ROOT / BASELINE / "records.jsonl"
    measure({"new": ROOT}, ROOT / SUITE, out, temporary / "caches", options.repeats)
    if baseline.exists():
        compare(baseline, out / "new", ROOT / SUITE)
    baseline.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / "new" / "records.jsonl", baseline)
    sys.stdout.write(f"{BASELINE} is rewritten: commit it alone, with the table above\n")
    return 0


def git(*arguments: str, needed: bool = False) -> str:
    """Return what git says; if it fails, nothing can be compared or, unless needed, ""."""
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    if needed and done.returncode:
        raise NotComparableError(done.stderr.strip().splitlines()[-1])
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
