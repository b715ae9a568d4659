"""Reports: Markdown for people and CSV for spreadsheets, from the records of a run alone."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from sgns_bench.record import Record, latest, read
from sgns_bench.report import tables, text
from sgns_bench.report.answer import answers
from sgns_bench.report.results import Results, by_corpus, frame

HOW_TO_READ: Final = """\
## How to read this

- All trainers get the same tokens and the same vocabulary; *k* is the number of negatives per
  pair, *power* the exponent of the noise distribution.
- A score in **bold** beats the runner-up by more than the noise of the seeds: the 95 % interval
  of the difference (Welch's t) excludes zero. Over many comparisons, one in twenty does so by
  chance. With one seed nothing is bold, for its noise is unknown.
- The intervals speak of other seeds on these very items, not of other items.
- Speeds hold for this machine; ratios carry over better than words per second.
- `results.csv` has every number of this report, and the other metrics; `records.jsonl` has
  also where each came from."""


def write(folder: Path) -> str:
    """Write ``report.md`` and ``results.csv`` beside ``records.jsonl``; return the answer.

    Raises:
        DatasetError: there are no records, or they cannot be read.
        NotComparable: another version of this package wrote them.
    """
    records = latest(read(folder / "records.jsonl"))
    markdown = render(records)
    (folder / "report.md").write_text(markdown, encoding="utf-8")
    frame(records).to_csv(folder / "results.csv", index=False, lineterminator="\n")
    return "\n".join(line for results in by_corpus(records) for line in answers(results))


def render(records: Sequence[Record]) -> str:
    """Return the report as Markdown, a part per corpus; the same records give the same text.

    Raises:
        DatasetError: there are no records.
        NotComparable: they are of several runs.
    """
    corpora = by_corpus(latest(records))
    run = corpora[-1].records[-1].run
    first, *others = [line for results in corpora for line in answers(results)]
    parts = [f"# {run['title']}", f"**Question.** {run['question']}", f"**Answer.** {first}"]
    parts += others
    for results in corpora:
        parts += _part(results)
    parts += _conditions(corpora)
    return "\n\n".join([*parts, HOW_TO_READ]) + "\n"


def _part(results: Results) -> list[str]:
    last = results.records[-1]
    parts = [f"## On {last.corpus}", last.run.get("corpus_title", "")]
    for dataset in results.headlines:
        parts += tables.scores(results, dataset)
    parts += tables.speed(results) if results.trainers else []
    parts += tables.coverage(results)
    for dataset in results.sections["dataset"].unique():
        parts += tables.sections(results, dataset)
    parts += tables.missing(results)
    return [part for part in parts if part]


def _conditions(corpora: Sequence[Results]) -> list[str]:
    records = [record for results in corpora for record in results.records]
    times = sorted(record.utc for record in records)
    lines = {
        "corpus": _each(f"{r.corpus}, sha256 {r.records[-1].corpus_sha256}" for r in corpora),
        "settings": _settings(corpora),
        "seeds": _each(sorted({record.seed for record in records})),
        "device": _each(record.device for record in records),
        "machine": _each(map(_hardware, records)),
        "software": _each(map(_software, records)),
        "commit": _each(map(_commit, records)),
        "trained": f"{times[0][:19]} to {times[-1][:19]} UTC",
    }
    return [
        "## Conditions",
        "\n".join(f"- {name}: {line}" for name, line in lines.items()),
        "To repeat it:",
        f"```\n{records[-1].run['command']}\n```",
    ]


def _settings(corpora: Sequence[Results]) -> str:
    shared = [_shared_settings(results) for results in corpora]
    if len(set(shared)) == 1:
        return shared[0]
    return _each(f"on {r.records[-1].corpus}, {s}" for r, s in zip(corpora, shared, strict=True))


def _shared_settings(results: Results) -> str:
    """Settings that are the same in all cells, and whose they are if not everybody's."""
    users: dict[str, dict[str, Any]] = {}
    for record in results.records:
        for name, value in record.config.items():
            users.setdefault(name, {})[record.trainer] = value
    trainers = {record.trainer for record in results.records}
    return ", ".join(
        text.settings({name: next(iter(by.values()))})
        + (f" ({', '.join(sorted(by))})" if set(by) != trainers else "")
        for name, by in users.items()
        if name not in results.varying
    )


def _each(values: Iterable[Any]) -> str:
    return "; ".join(map(str, dict.fromkeys(values)))


def _hardware(record: Record) -> str:
    machine = record.machine
    memory = machine.get("memory_bytes")
    gigabytes = f", {memory / 1e9:.0f} GB" if memory else ""
    card = f", {machine['gpu']}" if machine.get("gpu") else ""
    return f"{machine['processor']}, {machine['cores']} cores{gigabytes}{card}, {machine['system']}"


def _software(record: Record) -> str:
    versions = {"python": record.machine["python"], **record.machine["versions"]}
    return ", ".join(f"{name} {version}" for name, version in versions.items() if version)


def _commit(record: Record) -> str:
    commit = record.machine.get("commit")
    changed = " with uncommitted changes" if record.machine.get("dirty") else ""
    return f"{commit[:12]}{changed}" if commit else "not run from a checkout"
