"""How often does the regression check cry wolf, and what does it miss? Hours of measuring.

``python tests/experiments/regression_gate.py`` lets ``.ci/regression.py`` compare the last commit
with itself, with a copy that trains 15 % slower, with one that drops half of its negatives, and
with itself again while another process keeps a core busy. It writes ``reports/regression-gate.md``
after each check, and called again goes on where it stopped; ``--checks 1`` is one of each kind, and
``--report`` runs none.
Copies are worktrees in which something is appended to a file: nothing in the package knows of it.
"""

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "reports" / "regression-gate.md"
WORK = ROOT / "reports" / "runs" / "regression-gate"
sys.path.insert(0, str(ROOT))

from sgns_bench.bench import suite  # noqa: E402
from sgns_bench.record import Record  # noqa: E402
from sgns_bench.regression import GateComparison, compare, read_sides  # noqa: E402

EXIT = "exit"  # a file: how a check ended
SIDES = ("base", "new")
TRAINER = Path("sgns_bench", "trainers", "sgns.py")
# Work that changes no vector. A sleep of 15 % would cost less on a busy machine, which lets those
# who have slept go first.
REPEAT = """

_all_of_run_jobs = run_jobs


def run_jobs(all_jobs, session, *others):
    from itertools import count
    from types import SimpleNamespace

    numbers = count()

    def train(sentences, epoch, alpha):
        if next(numbers) % 20 in (3, 10, 16):
            session.train(sentences, epoch, 0.0)
        return session.train(sentences, epoch, alpha)

    _all_of_run_jobs(all_jobs, SimpleNamespace(train=train, vectors=session.vectors), *others)
"""
DROP = """

_all_of_make_problem = make_problem


def make_problem(corpus, config):
    p = _all_of_make_problem(corpus, config)
    return p._replace(pool_size=p.pool_size // 2, negative=p.negative / 2)
"""


class Kind(NamedTuple):
    """Checks of one kind.

    Attributes:
        title: for the report.
        checks: how many.
        spoil: what NEW's trainer ends with, besides.
        loaded: whether another process keeps a core busy.
    """

    title: str
    checks: int
    spoil: str = ""
    loaded: bool = False


KINDS = {
    "unchanged": Kind("unchanged code", 20),
    "slower": Kind("15 % of the training is done twice", 10, REPEAT),
    "fewer-negatives": Kind("half of the negatives are dropped", 10, DROP),
    "loaded": Kind("unchanged code, one core kept busy", 5, loaded=True),
}


class Check(NamedTuple):
    """One check: its exit code, what came of each gate, and a record of BASE."""

    code: int
    gates: list[GateComparison]
    base: Record


def main() -> None:
    """Run what is missing, kind by kind, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, help="of each kind, instead of its own number")
    parser.add_argument("--only", choices=KINDS, help="run one kind")
    parser.add_argument("--report", action="store_true", help="run none, report what is there")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    if not options.report:
        with worktree("base") as base:
            for name, kind in KINDS.items():
                if options.only in (None, name):
                    run_kind(name, kind, base, options)
    write_report()


def run_kind(name: str, kind: Kind, base: Path, options: Any) -> None:
    """Run the checks of a kind that are not there yet; report after each."""
    with worktree(name, kind.spoil) as new:
        for number in range(1, (options.checks or kind.checks) + 1):
            out = WORK / f"{name}-{number}"
            if not (out / EXIT).exists():
                with burner() if kind.loaded else nullcontext():
                    check(base, new, out)
                write_report()


def check(base: Path, new: Path, out: Path) -> None:
    """Run one check, and write down how it ended."""
    command = [sys.executable, str(ROOT / ".ci" / "regression.py"), "--base", str(base)]
    command += ["--new", str(new), "--out", str(out)]
    code = subprocess.run(command, check=False).returncode
    if code not in (0, 1):
        raise SystemExit(f"error: {out}: the check ended with {code}; call again to go on")
    (out / EXIT).write_text(str(code))


def checks(name: str) -> list[Check]:
    """Return what the checks of a kind found, those that have ended."""
    chosen = suite.load(str(ROOT / "evals" / "regression.toml"))
    ended = sorted(WORK.glob(f"{name}-*/{EXIT}"), key=lambda path: path.stat().st_mtime)
    sides = [read_sides(*map(path.with_name, SIDES)) for path in ended]
    return [
        Check(int(path.read_text()), compare(*both, chosen), both[0].records[0])
        for path, both in zip(ended, sides, strict=True)
    ]


def write_report() -> None:
    """Rewrite the report with all checks that have ended."""
    found = {name: ended for name in KINDS if (ended := checks(name))}
    if found:
        REPORT.write_text(report(found), encoding="utf-8")


@contextmanager
def worktree(name: str, spoil: str = "") -> Iterator[Path]:
    """Check the last commit out, and append to its trainer."""
    folder = WORK / "code" / name
    if folder.exists():  # of an experiment that was killed
        git("worktree", "remove", "--force", str(folder))
    git("worktree", "add", "-q", "--detach", "--force", str(folder), "HEAD")
    try:
        with (folder / TRAINER).open("a", encoding="utf-8") as file:
            file.write(spoil)
        yield folder
    finally:
        git("worktree", "remove", "--force", str(folder))


def git(*arguments: str) -> None:
    """Run git in the repository."""
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True)


@contextmanager
def burner() -> Iterator[None]:
    """Keep a core busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def report(found: dict[str, list[Check]]) -> str:
    """Return the tables of all checks."""
    machines = [check.base.machine for checks in found.values() for check in checks]
    commits = sorted({machine["commit"][:7] for machine in machines})
    on = sorted({f"{machine['cores']} cores of {machine['processor']}" for machine in machines})
    parts = [
        "# What the regression check finds",
        f"Each check compares a commit ({', '.join(commits)}) with what the first column says,"
        f" repeat by repeat in turns, on {' and '.join(on)};"
        " `python tests/experiments/regression_gate.py` wrote this. It fails if a gate got worse;"
        " what that means stands in `sgns_bench/regression/gates.py`.",
        *summary(found),
        "Changes of each gate over the checks: their median, and the range.",
        *changes(found),
    ]
    return "\n\n".join(parts) + "\n"


def summary(found: dict[str, list[Check]]) -> Iterator[str]:
    """Yield a table with a line for each kind of check."""
    rows = [("new", "checks", "failed", "gates that got worse")]
    for name, checks in found.items():
        worse = Counter(
            c.gate for check in checks for c in check.gates if c.judgement.verdict == "worse"
        )
        named = ", ".join(f"{gate} {n}" for gate, n in worse.most_common()) or "none"
        failed = sum(check.code == 1 for check in checks)
        rows.append((KINDS[name].title, str(len(checks)), str(failed), named))
    yield table(rows)


def changes(found: dict[str, list[Check]]) -> Iterator[str]:
    """Yield a table with a line for each gate, a column for each kind."""
    gates = {c.gate: c.judgement.margin for checks in found.values() for c in checks[0].gates}
    rows = [("gate", "margin", *(KINDS[name].title for name in found))]
    for gate, margin in gates.items():
        cells = [
            spread([c for k in checks for c in k.gates if c.gate == gate])
            for checks in found.values()
        ]
        rows.append((gate, f"{margin:.1%}", *cells))
    yield table(rows)


def spread(comparisons: Sequence[GateComparison]) -> str:
    """Return the median of some changes, and the range."""
    values = [c.judgement.change for c in comparisons]
    return f"{median(values):+.1%} ({min(values):+.1%} to {max(values):+.1%})"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the first of them a head, in Markdown."""
    lines: list[Sequence[str]] = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
