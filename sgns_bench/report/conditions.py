"""Under which conditions the numbers of a report were measured, and how to repeat them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sgns_bench.record import Record
from sgns_bench.report import text
from sgns_bench.report.document import Section
from sgns_bench.report.results import Results


def conditions(corpora: Sequence[Results]) -> Section:
    """Return provenance, and the commands that repeat the run."""
    records = [record for results in corpora for record in results.records]
    lines = facts(corpora) | {"variants": _variants(records)}
    return Section(
        "Conditions",
        [
            "\n".join(f"- {name}: {line}" for name, line in lines.items() if line),
            *_commands(records),
        ],
    )


def _commands(records: Sequence[Record]) -> list[str]:
    """The command of the run, or those of several runs of which the folder has cells."""
    by_time = sorted(records, key=lambda record: record.utc)
    commands = list(dict.fromkeys(record.run["command"] for record in by_time))
    several = f", {len(commands)} runs in one folder" if len(commands) > 1 else ""
    return [f"To repeat it{several}:", "```\n" + "\n".join(commands) + "\n```"]


def facts(corpora: Sequence[Results]) -> dict[str, str]:
    """Return what was trained on what by what, a line for each question of a sceptic."""
    records = [record for results in corpora for record in results.records]
    times = sorted(record.utc for record in records)
    return {
        "corpus": _each(f"{r.corpus}, sha256 {r.whole.corpus_sha256}" for r in corpora),
        "settings": _settings(corpora),
        "seeds": _each(sorted({record.seed for record in records})),
        "device": _each(record.device for record in records),
        "machine": _each(map(_hardware, records)),
        "software": _each(map(_software, records)),
        "commit": _each(map(_commit, records)),
        "trained": f"{times[0][:19]} to {times[-1][:19]} UTC",
    }


def _settings(corpora: Sequence[Results]) -> str:
    shared = [_shared_settings(results) for results in corpora]
    if len(set(shared)) == 1:
        return shared[0]
    return _each(f"on {r.whole.corpus}, {s}" for r, s in zip(corpora, shared, strict=True))


def _shared_settings(results: Results) -> str:
    """Settings that are the same in all cells, and whose they are if not everybody's."""
    records = [record for record in results.records if not record.variant]
    users: dict[str, dict[str, Any]] = {}
    for record in records:
        for name, value in record.config.items():
            users.setdefault(name, {})[record.trainer] = value
    trainers = {record.trainer for record in records}
    return ", ".join(
        text.settings({name: next(iter(by.values()))})
        + (f" ({', '.join(sorted(by))})" if set(by) != trainers else "")
        for name, by in users.items()
        if name not in results.varying
    )


def _variants(records: Sequence[Record]) -> str:
    """The trainer and the settings of each variant, of which all others have other values."""
    tried: dict[str, dict[str, dict[str, None]]] = {"": {}}
    for record in records:
        values = tried.setdefault(record.variant, {})
        for name, value in {"trainer": record.trainer, **record.config}.items():
            values.setdefault(text.name(name), {})[text.number(value)] = None
    common = tried.pop("")
    return _each(
        variant
        + _listed(
            {n: v for n, v in values.items() if n in common and not v.keys() <= common[n].keys()}
        )
        for variant, values in tried.items()
    )


def _listed(changed: Mapping[str, Iterable[str]]) -> str:
    settings = [f"{name} = {', '.join(values)}" for name, values in changed.items()]
    return f" ({'; '.join(settings) or 'same settings, other vectors or measures'})"


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
