import dataclasses
import inspect

import pytest
from gensim.models import Word2Vec

from sgns_bench.config import SETTINGS, SkipGramConfig
from sgns_bench.errors import ConfigError, UnknownName
from sgns_bench.trainers import OUR_SETTINGS

NAN, INF = float("nan"), float("inf")
OURS_ALONE = OUR_SETTINGS - {"cbow_mean"} | {"shuffle", "skip_center", "half_step"}
OTHER_DEFAULTS = {"workers"}  # gensim: 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vector_size", 0),
        ("window", 0),
        ("min_count", 0),
        ("negative", 0),
        ("epochs", 0),
        ("workers", 0),
        ("block_size", 0),
        ("negatives_per_draw", 0),
        ("min_flatness", -1e-9),
        ("min_flatness", 1.1),
        ("min_flatness", NAN),
        ("sample", -1e-9),
        ("sample", 1.1),
        ("sample", NAN),
        ("ns_exponent", NAN),
        ("ns_exponent", INF),
        ("ns_exponent", -INF),
        ("alpha", 0.0),
        ("alpha", NAN),
        ("alpha", INF),
        ("min_alpha", -1e-9),
        ("min_alpha", 0.026),
        ("min_alpha", NAN),
        ("seed", -1),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_name(name, value):
    with pytest.raises(ConfigError, match=rf"^{name} = {value}: must "):
        SkipGramConfig(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("vector_size", 100.0),
        ("vector_size", "100"),
        ("vector_size", True),
        ("sample", "1e-3"),
        ("sample", True),
        ("shrink_windows", 1),
        ("ns_exponent", None),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_name(name, value):
    with pytest.raises(ConfigError, match=rf"^{name} = {value!r}: must be of type "):
        SkipGramConfig(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("ns_exponent", -1), ("ns_exponent", 0), ("ns_exponent", 3.5), ("sample", 0), ("sample", 1),
     ("min_alpha", 0), ("min_alpha", 0.025), ("seed", 0), ("vector_size", 1)],
)  # fmt: skip
def test_the_ends_of_a_range_belong_to_it(name, value):
    assert value == getattr(SkipGramConfig(**{name: value}), name)


def test_names_and_defaults_are_gensims():
    theirs = inspect.signature(Word2Vec).parameters

    for field in dataclasses.fields(SkipGramConfig):
        if field.name not in OURS_ALONE | OTHER_DEFAULTS:
            assert theirs[field.name].default == field.default, field.name


def test_an_unknown_setting_is_answered_by_the_nearest():
    with pytest.raises(UnknownName, match="no setting named 'windows'; did you mean 'window'"):
        SkipGramConfig().replace(windows=5)
    with pytest.raises(UnknownName, match="no setting named 'epoch'; did you mean 'epochs'"):
        SkipGramConfig().replace(epoch=5)


def test_a_mapping_and_back_is_the_same_config():
    config = SkipGramConfig(vector_size=7, ns_exponent=-0.5)

    assert config == SkipGramConfig(**config.as_dict())
    assert SETTINGS == tuple(config.as_dict())


@pytest.mark.parametrize("name", ["vector_size", "negative", "window", "epochs"])
def test_a_number_beyond_32_bits_is_refused(name):
    with pytest.raises(
        ConfigError, match=f"^{name} = {2**63}: must be a whole number, at most 2147"
    ):
        SkipGramConfig(**{name: 2**63})
