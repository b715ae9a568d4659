"""Describes the conditions of a report's measurements, and how to repeat them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sgns_bench.record import Record
from sgns_bench.report import format
from sgns_bench.report.document import Section
from sgns_bench.report.results import Results


def conditions(corpora: Sequence[Results]) -> Section:
    """Return a section with the conditions and the commands that repeat the run."""
    records = [record for results in corpora for record in results.records]
    settings = {r.whole.corpus: _shared_settings(r) for r in corpora}
    if len(set(settings.values())) > 1:
        settings = {name: f"on {name}, {shared}" for name, shared in settings.items()}
    lines = facts(records) | {"settings": _each(settings.values()), "variants": _variants(records)}
    by_time = sorted(records, key=lambda record: record.utc)
    commands = list(dict.fromkeys(record.run["command"] for record in by_time))
    several = f", {len(commands)} runs in one folder" if len(commands) > 1 else ""
    return Section(
        "Conditions",
        [
            "\n".join(f"- {name}: {line}" for name, line in lines.items() if line),
            f"To repeat it{several}:",
            "\n".join(["```", *commands, "```"]),
        ],
    )


def facts(records: Sequence[Record]) -> dict[str, str]:
    """Return corpus, seeds, device, machine, software, commit and dates of some records."""
    times = sorted(record.utc for record in records)
    return {
        "corpus": _each(f"{r.corpus}, sha256 {r.corpus_sha256}" for r in records),
        "seeds": _each(sorted({record.seed for record in records})),
        "device": _each(record.device for record in records),
        "machine": _each(map(_hardware, records)),
        "software": _each(map(_software, records)),
        "commit": _each(map(_commit, records)),
        "trained": f"{times[0][:19]} to {times[-1][:19]} UTC",
    }


def tried(records: Iterable[Record]) -> dict[str, list[str]]:
    """Return the values that some records have of each setting, and their trainers."""
    values: dict[str, dict[str, None]] = {}
    for record in records:
        for name, value in {"trainer": record.trainer, **record.config}.items():
            values.setdefault(format.name(name), {})[format.number(value)] = None
    return {name: [*seen] for name, seen in values.items()}


def _shared_settings(results: Results) -> str:
    """Return the settings that are equal in all cells, except those of variants."""
    records = [record for record in results.records if not record.variant]
    values = {name: value for record in records for name, value in record.config.items()}
    return format.settings({n: v for n, v in values.items() if n not in results.grid.varying})


def _variants(records: Sequence[Record]) -> str:
    """Return the trainer and settings of each variant that differ from the main grid's."""
    common = tried(record for record in records if not record.variant)
    says = []
    for variant in dict.fromkeys(record.variant for record in records if record.variant):
        own = tried(record for record in records if record.variant == variant)
        changed = {n: v for n, v in own.items() if n in common and not {*v} <= {*common[n]}}
        settings = "; ".join(f"{name} = {', '.join(values)}" for name, values in changed.items())
        says.append(f"{variant} ({settings or 'same settings, other vectors or measures'})")
    return _each(says)


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
