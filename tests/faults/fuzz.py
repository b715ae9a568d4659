"""Mutates input files at random and reads them: each is read or refused in one line, never a crash.

    python tests/faults/fuzz.py vectors 1000

Kinds: text, vectors, manifests, suites, records, corpora, checkpoints. Each batch runs in a fork of its
own, so that a crash of the process is counted, and memory is limited to 2 GB beyond what it begins
with.
"""

import faulthandler
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sgns_bench import SkipGramConfig, corpus_from_sentences, load_corpus, report, train
from sgns_bench.bench import runner, suite
from sgns_bench.corpus.reader import CHECKED, read_folder
from sgns_bench.datasets import manifest
from sgns_bench.embeddings import read_vectors
from sgns_bench.errors import SgnsBenchError
from sgns_bench.host.resources import shipped

SENTENCES = [[f"w{(i * j) % 53}" for j in range(30)] for i in range(40)]
SUITE = """
title = "Tiny"
question = "?"
corpora = [{{name = "{text}"}}]
trainers = ["sgns", "cbow"]
seeds = 2
[config]
vector_size = 4
epochs = 1
min_count = 1
[grid]
negative = [2, 5]
ns_exponent = [0.5, 0.75]
"""
CONFIG = SkipGramConfig(vector_size=5, epochs=1, min_count=1, workers=1)
MEMORY = 2 << 30

Read = Callable[[Path], object]


def seeds_of(kind: str, folder: Path) -> tuple[list[Path], Read]:
    """Return whole files of a kind, or folders of them, and what reads one."""
    corpus = corpus_from_sentences(SENTENCES, min_count=1)
    text = folder / "text.txt"
    text.write_text("\n".join(map(" ".join, SENTENCES)))
    match kind:
        case "text":
            return [text], lambda path: load_corpus(path, min_count=1, cache=folder / "cache")
        case "vectors":
            embeddings = train(corpus, CONFIG)
            files = [folder / name for name in ("v.kv", "v.safetensors", "v.txt", "v.bin")]
            for file, format in zip(files, ("kv", "safetensors", "text", "binary"), strict=True):
                embeddings.save(file, format=format)
            return files, read_vectors
        case "manifests":
            shutil.copytree(str(shipped("datasets")), folder / "manifests")
            return sorted((folder / "manifests").glob("*.toml")), lambda path: manifest._read(
                path.stem, path
            )
        case "suites":
            shutil.copytree(str(shipped("evals")), folder / "suites")
            return sorted((folder / "suites").glob("*.toml")), lambda path: suite.load(str(path))
        case "records":
            (folder / "tiny.toml").write_text(SUITE.format(text=text))
            runner.run(suite.load(str(folder / "tiny.toml")), folder / "run", device="cpu")
            return [folder / "run"], report.write
        case "corpora":
            load_corpus(text, min_count=1, cache=folder / "cache")
            (found,) = (folder / "cache" / "corpora").iterdir()
            (found / CHECKED).unlink()
            return [found], train_folder
        case "checkpoints":
            train(corpus, CONFIG, checkpoint=folder / "c")
            return [folder / "c"], lambda path: train(corpus, CONFIG, checkpoint=path)
    raise SystemExit(f"no kind {kind!r}")


def train_folder(folder: Path) -> None:
    """Train on an encoded corpus, if it is taken for one."""
    from sgns_bench import Corpus

    if content := read_folder(folder):
        train(Corpus("fuzzed", **content), CONFIG)


def mutate(content: bytes, draw: random.Random) -> bytes:
    """Change some bytes, numbers or lines, or cut, repeat or join parts."""
    changed = bytearray(content)
    at = draw.randrange(len(changed) + 1)
    match draw.randrange(7):
        case 0:
            for _ in range(draw.choice([1, 2, 10, 100])):
                if changed:
                    changed[draw.randrange(len(changed))] = draw.randrange(256)
        case 1:
            del changed[at:]
        case 2:
            del changed[at : at + draw.choice([1, 4, 100])]
        case 3:
            changed[at:at] = changed[: draw.choice([1, 50, 5000])]
        case 4:
            changed[at:at] = draw.choice(
                [
                    b"\0" * 99,
                    b"\xff" * 8,
                    b"NaN",
                    b"1e999",
                    b"-1",
                    b"9" * 30,
                    b"[" * 999,
                    b'"',
                    b"\n",
                ]
            )
        case 5:
            lines = bytes(changed).split(b"\n")
            draw.shuffle(lines)
            changed = bytearray(b"\n".join(lines))
        case 6:
            changed = bytearray(mutate_json(bytes(changed), draw))
    return bytes(changed)


def mutate_json(content: bytes, draw: random.Random) -> bytes:
    """Change a value of one line of JSON, or of TOML, into one of another kind."""
    values = [None, -1, 0, 1e308, 2**70, "", "x" * 999, [], {}, True, [[1]], "<b>|$\\frac$", 0.5]
    lines = content.split(b"\n")
    row = draw.randrange(len(lines))
    try:
        table = json.loads(lines[row])
        key = draw.choice([*table])
        table[key] = draw.choice(values)
        lines[row] = json.dumps(table).encode()
    except (ValueError, TypeError, IndexError, KeyError):
        head, equals, _ = lines[row].partition(b"=")
        if equals:
            lines[row] = head + b"= " + json.dumps(draw.choice(values[1:])).encode()
    return b"\n".join(lines)


def try_one(source: Path, read: Read, folder: Path, draw: random.Random) -> str:
    """Read a mutated copy; return how that ended."""
    target = folder / source.name
    if source.is_dir():
        shutil.copytree(source, target)
        files = [path for path in target.rglob("*") if path.is_file() and path.name != "lock"]
        victim = draw.choice([p for p in files if p.suffix not in (".html", ".md", ".csv")])
    else:
        shutil.copy(source, target)
        victim = target
    victim.write_bytes(mutate(victim.read_bytes(), draw))
    try:
        read(target)
    except SgnsBenchError as error:
        if "\n" in str(error) or len(str(error)) > 2000:
            return f"long message: {str(error)[:200]!r}"
        return "refused"
    except MemoryError:
        return "out of memory: " + traceback.format_exc(limit=-3)
    except Exception:
        return "traceback: " + traceback.format_exc(limit=-4)
    return "read"


def batch(sources: list[Path], read: Read, seed: int, cases: int, queue: Path) -> None:
    """Try some cases, and write down how each ended."""
    draw = random.Random(seed)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    with queue.open("w") as file:
        for _ in range(cases):
            with tempfile.TemporaryDirectory() as folder:
                print(
                    json.dumps(try_one(draw.choice(sources), read, Path(folder), draw)), file=file
                )
                file.flush()


def main(kind: str, cases: int, seed: int = 1, size: int = 100) -> int:
    """Try ``cases`` mutations; print how many were read, refused, or ended badly, and which."""
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SGNS_BENCH_CACHE"] = str(Path(folder, "own"))
        sources, read = seeds_of(kind, Path(folder))
        sources = [
            source for source in sources if source.is_dir() or source.stat().st_size < 1 << 20
        ]
        for number in range(-(-cases // size)):
            here = min(size, cases - number * size)
            child = os.fork()
            if child == 0:
                faulthandler.enable()
                batch(sources, read, seed + number, here, Path(folder, "queue"))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            told = [json.loads(line) for line in Path(folder, "queue").read_text().splitlines()]
            ends.update(told)
            if status:
                ends[f"died: status {status} in batch {number} after {len(told)}"] += 1
    bad = {end: count for end, count in ends.items() if end not in ("read", "refused")}
    for end, count in bad.items():
        print(f"{count} x {end}")  # noqa: T201
    print(  # noqa: T201
        f"{kind}: {cases} cases: {ends['read']} read, {ends['refused']} refused, {sum(bad.values())} bad"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:4])))
