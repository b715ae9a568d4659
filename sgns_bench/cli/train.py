"""``train``: train embeddings on a corpus."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.console import Console

from sgns_bench.cli.options import Device, Settings, one_of, parse_settings, with_settings
from sgns_bench.config import SkipGramConfig
from sgns_bench.errors import ConfigError
from sgns_bench.host import machine
from sgns_bench.host.resources import output_folder

if TYPE_CHECKING:
    from sgns_bench.corpus import Corpus
    from sgns_bench.embeddings import Embeddings


@with_settings
def train(
    out: Annotated[Path, typer.Option(metavar="FILE", help="File to save the vectors in.")],
    corpus: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CORPUS",
            help="A name; text files (also .gz, .bz2, .xz, .zst), folders or glob patterns; or - for"
            " standard input.",
        ),
    ] = None,
    corpus_option: Annotated[
        list[str] | None,
        typer.Option("--corpus", metavar="CORPUS", help="The same as an option; repeatable."),
    ] = None,
    format: Annotated[
        Literal["kv", "text", "binary", "safetensors"] | None,
        typer.Option(
            help="gensim's KeyedVectors, word2vec's text or binary, or safetensors; default: by the"
            " end of FILE, .txt, .vec, .bin or .safetensors, else kv."
        ),
    ] = None,
    vectors: Annotated[
        Literal["input", "output", "average"], typer.Option(help="The matrix to save.")
    ] = "input",
    settings: Settings = None,
    trainer: Annotated[
        Literal["sgns", "cbow"], typer.Option(help="Skip-gram or CBOW, with negative sampling.")
    ] = "sgns",
    device: Device = "auto",
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write checkpoints there, and go on from the newest one."),
    ] = None,
    checkpoint_seconds: Annotated[
        float, typer.Option(metavar="SECONDS", help="Time between two checkpoints.")
    ] = 300.0,
    lowercase: Annotated[
        bool, typer.Option("--lowercase", help="Convert words to lower case.")
    ] = False,
    max_sentence_length: Annotated[
        int, typer.Option(help="Most words in a sentence; longer ones are split.")
    ] = 1000,
    max_vocab_size: Annotated[
        int | None, typer.Option(help="Most distinct words while reading; drops the rarest.")
    ] = None,
    max_final_vocab: Annotated[
        int | None, typer.Option(help="Most words to train; raises min_count until they fit.")
    ] = None,
) -> None:
    """Train embeddings on a corpus, and save them."""
    source = one_of("corpus", corpus, corpus_option)
    config = _config(settings or [])
    if out.is_dir():
        raise ConfigError(f"--out {out}: is a folder; give the name of a file")
    with output_folder(out.parent):
        typer.echo(f"reading {' '.join(source)}", err=True)  # the imports below take seconds
        begin = perf_counter()
        tokens = _read(
            source,
            min_count=config.min_count,
            max_sentence_length=max_sentence_length,
            lowercase=lowercase,
            max_vocab_size=max_vocab_size,
            max_final_vocab=max_final_vocab,
        )
        read = perf_counter()
        embeddings, speed = _fit(tokens, config, trainer, device, checkpoint, checkpoint_seconds)
        trained = perf_counter()
        embeddings.save(out, format=format, which=vectors)
    words = round(speed["words_per_second"] * speed["train_seconds"])
    typer.echo(
        f"{words:,} words in {speed['train_seconds']:.1f} s,"
        f" {speed['words_per_second']:,.0f} words/s, V = {len(tokens.vocab):,}; read in"
        f" {read - begin:.1f} s, prepared in {speed['prepare_seconds']:.1f} s, saved in"
        f" {perf_counter() - trained:.1f} s as {out}"
    )


def _config(settings: Sequence[str]) -> SkipGramConfig:
    chosen: dict[str, Any] = {}
    for name, values in parse_settings(settings).items():
        if len(values) > 1:
            raise ConfigError(f"{name} has {len(values)} values; train takes one")
        chosen[name] = values[0]
    return SkipGramConfig(**chosen)


def _read(source: Sequence[str], **options: Any) -> "Corpus":
    from sgns_bench.corpus import load_corpus
    from sgns_bench.host.progress import Reading

    with Reading(Console(stderr=True)) as reading:
        paths = source[0] if len(source) == 1 else source
        return load_corpus(paths, progress=reading.update, **options)


def _fit(
    tokens: "Corpus",
    config: SkipGramConfig,
    trainer: str,
    device: str,
    checkpoint: Path | None,
    checkpoint_seconds: float,
) -> tuple["Embeddings", dict[str, float]]:
    """Return the embeddings, and each cost of their training by its metric."""
    from sgns_bench import trainers
    from sgns_bench.bench.timing import measure
    from sgns_bench.host.progress import Display

    on = machine.resolve_device(device)
    words = config.epochs * len(tokens.tokens)
    with ExitStack() as stack:
        checkpoints = None
        if checkpoint:
            opened = trainers.open_checkpoints(
                checkpoint, trainer, tokens, config, checkpoint_seconds
            )
            checkpoints = stack.enter_context(opened)
            words -= checkpoints.words
            _say_if_finished(checkpoint, checkpoints.words, words)
        display = stack.enter_context(Display(Console(stderr=True), 1))
        display.begin(f"{trainer} on {tokens.name}", config.epochs * len(tokens.tokens))
        try:
            embeddings, costs = measure(
                lambda: trainers.prepare(
                    trainer, tokens, config, on, display.update, checkpoints=checkpoints
                ),
                words,
            )
        except KeyboardInterrupt:
            says = "has what is trained, the same command goes on"
            none = "nothing is saved; with --checkpoint DIR the same command would go on"
            typer.echo(f"{checkpoint}: {says}" if checkpoint else none, err=True)
            raise
        if checkpoints:
            checkpoints.finish(lambda: (embeddings.input_vectors, embeddings.output_vectors))
    return embeddings, {cost.metric: cost.value for cost in costs}


def _say_if_finished(folder: Path, trained: int, left: int) -> None:
    if trained and not left:
        typer.echo(f"{folder}: the training is finished; its vectors are saved again", err=True)
