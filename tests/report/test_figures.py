"""Figures are drawn wherever the records have their axes, and say what is in them."""

from dataclasses import replace

import pytest

from sgns_bench.report import build, figures, plotting
from sgns_bench.report.results import Results


def one(results, title):
    """Return the only figure whose title starts so."""
    (figure,) = [f for f in figures.collect(results) if f.title.startswith(title)]
    return figure


def cells(figure, *first):
    """Return the cells of the only row that starts so, by column."""
    (found,) = [row for row in figure.table.rows if list(first) == list(row[: len(first)])]
    return dict(zip(figure.table.header, found, strict=True))


def column(figure, index=0):
    return [row[index] for row in figure.table.rows]


def with_scores(records, change, metric="accuracy"):
    """Return the records with other accuracies."""
    return [replace(r, value=change(r)) if r.metric == metric else r for r in records]


def with_speeds(records, change):
    return with_scores(records, change, "words_per_second")


HEAT_MAP = "analogies accuracy, % of sgns, by k and power"


def test_a_heat_map_marks_the_best_cell_and_those_that_cannot_be_told_from_it(grid):
    noisy = with_scores(grid, lambda r: r.value + 0.04 * (r.seed - 2))

    figure = one(Results(noisy), HEAT_MAP)

    assert "**30.0**" == cells(figure, "5")["power 0.75"]
    assert cells(figure, "2")["power 0.75"].endswith(" ≈")
    assert cells(figure, "15")["power 0"][-1].isdigit()
    assert "k = 5, power = 0.75; 4 of the other 8 cannot be told from it" in figure.caption


def test_one_seed_has_no_interval_and_no_equals(grid):
    results = Results([record for record in grid if record.seed == 1])

    figure = one(results, HEAT_MAP)

    assert "≈" not in str(figure.table.rows)
    assert "the noise is unknown" in figure.caption


def test_speed_has_a_heat_map_of_each_power(grid):
    slow = with_speeds(grid, lambda r: r.value / (10 if r.config["ns_exponent"] == 1.0 else 1))

    found = cells(one(Results(slow), "Words per second of sgns, by k and power"), "5")

    assert {"k": "5", "power 0": "2M", "power 0.75": "2M", "power 1": "200k"} == found


FALLS = "The best k falls with corpus size: 15 at 25,000 words, 2 at 400,000; slope"


def test_the_best_k_falls_with_the_size_of_the_corpus(ladder):
    figure = one(Results(ladder), "Best k")

    assert figure.finding.startswith(FALLS)
    best = {i: row[0] for row in figure.table.rows for i in (1, 2, 3) if "**" in row[i]}
    assert {1: "15", 2: "5", 3: "2"} == best


@pytest.mark.parametrize(
    ("score", "says"),
    [
        (lambda r: 0.3 + r.seed / 100, "No trend can be told from noise: "),
        # The trend is that of the means, whatever the noise.
        (lambda r: 0.3 + r.value / 1e6 + r.seed / 100, "15 at 25,000 words, 2 at 400,000; slope"),
    ],
)
def test_a_trend_within_the_noise_is_none(score, says, ladder):
    noisy = with_scores(ladder, score)

    assert says in one(Results(noisy), "Best k").finding


def test_variants_are_ranked_by_what_they_change_seed_by_seed(practice):
    figure = one(Results(practice), "What changes analogies accuracy (sgns)")

    assert ["a trick", "no shuffling", "no decay"] == column(figure)
    assert cells(figure, "no decay")["difference"].startswith("-10.")
    assert "4" == cells(figure, "no decay")["seeds"]
    assert "adjusted for 3 comparisons. Grey band: 1 point or less." in figure.caption


def test_an_effect_that_one_variant_in_three_has_by_chance_does_not_matter(practice):
    chance = {1: 0.01, 2: 0.02, 3: 0.03, 4: 0.06}  # and 0.02 each: p = 0.019, times 3 = 0.057
    three = with_scores(
        [r for r in practice if r.variant != "w"],
        lambda r: 0.3 + (0.02 + chance[r.seed]) * (r.variant == "a trick"),
    )
    alone = [r for r in three if r.variant in ("", "a trick")]

    among_three, one_family = (
        cells(one(Results(x), "What changes"), "a trick")["verdict"] for x in (three, alone)
    )

    assert among_three.startswith("4 seeds cannot tell (-")
    assert one_family.startswith("**better** (+")


def test_one_value_far_off_does_not_squash_the_rest():
    low, high = plotting.fences([0.0, 0.1, -0.2, 0.3, 0.1, -98.0], least=1.0)

    assert -5 < low < -1 < 1 < high < 5


def test_variants_say_of_which_trainer_and_at_which_point_of_the_grid_they_are(half):
    assert one(Results(half), "What changes analogies accuracy (sgns, k = 5)")


def test_a_variant_with_several_values_is_an_axis_and_no_effect(practice):
    results = Results(practice)

    figure = one(results, "analogies accuracy, by window")

    assert ["1", "2", "5", "10"] == column(figure)
    assert "w" not in column(one(results, "What changes"))


def test_speed_along_a_setting_has_a_power_and_is_set_beside_the_baseline(practice):
    slower = [
        replace(r, trainer="gensim_sgns", cell=f"gensim {r.cell}", value=r.value / (8 + r.seed))
        for r in practice
        if r.metric == "words_per_second"
    ]

    figure = one(Results(practice + slower), "Words per second, by window")

    says = "**10.5 times faster** (9 to 12)"
    assert says == cells(figure, "10")["sgns against gensim_sgns"]
    assert cells(figure, "power")["sgns"].startswith("-1.00 (")


def test_speed_is_an_answer_where_nothing_is_scored(practice):
    fast = [r for r in practice if r.metric == "words_per_second"]

    scored, alone = (one(Results(x), "Words per second").finding for x in (practice, fast))

    assert not scored
    assert alone.startswith("Goes as window to the power -1.00 ")


def test_a_front_has_the_settings_that_none_beats_in_speed_and_score(grid):
    figure = one(Results(grid), "analogies accuracy against speed")

    front = {row[1] for row in figure.table.rows if row[-1]}
    assert {"k = 2, power = 0.75", "k = 5, power = 0.75"} == front


def test_a_variant_is_drawn_against_speed_once_for_every_value_of_the_grid(half):
    figure = one(Results(half), "analogies accuracy against speed")

    names = [row[1] for row in figure.table.rows if row[0] == "sgns"]
    assert ["an average, k = 2", "an average, k = 5", "k = 2", "k = 5"] == sorted(names)


def test_a_variant_of_the_same_training_has_its_speed_though_the_machine_drifts(half):
    drifted = with_speeds(half, lambda r: r.value * (1.2 if r.variant else 1.0))

    found = one(Results(drifted), "analogies accuracy against speed").table.rows

    rates = {row[1]: row[2] for row in found if row[0] == "sgns"}
    assert rates["an average, k = 2"] == rates["k = 2"] != rates["k = 5"]


def test_a_speed_within_the_margin_does_not_put_a_setting_on_the_front(grid):
    level = with_speeds(grid, lambda r: 1e6 * (1 + r.config["negative"] / 200))

    found = one(Results(level), "analogies accuracy against speed").table.rows

    assert ["k = 5, power = 0.75"] == [row[1] for row in found if row[-1]]


def test_a_shorter_corpus_is_not_on_the_front(ladder):
    figure = one(Results(ladder), "analogies accuracy against speed")

    assert ["k = 2", "k = 5", "k = 15"] == column(figure, 1)


def test_cost_is_fitted_by_a_power_of_the_vocabulary(softmax):
    figure = one(Results(softmax), "Seconds per pair against V")

    powers = "0.00 (-0.00 to 0.00) for sgns and 1.00 (1.00 to 1.00) for full_softmax"
    assert f"Goes as V to the power {powers}." == figure.finding
    assert "0.01" == cells(figure, "1,000,000")["full_softmax"]


def test_curves_are_drawn_of_quality_against_seconds(softmax):
    results = Results(softmax)

    quality = one(results, "analogies accuracy during the training")

    assert "5.0" == cells(quality, "full_softmax", "25")["accuracy, %"].split()[0]
    assert "10" == cells(quality, "full_softmax", "25")["seconds"]
    own = results.table[results.table["trainer"] == "sgns"]
    ends = list(own[own["metric"] == "accuracy"]["value"])
    assert [0.2, 0.2] == pytest.approx(ends, abs=0.01)


def test_trainers_are_compared_after_equal_time(softmax):
    longer = [
        replace(r, config=r.config | {"epochs": epochs}, variant="longer", cell=f"{r.cell} {epochs}",
                value=r.value * epochs / 5 + 0.0 if r.metric == "train_seconds" else r.value + gain)
        for epochs, gain in ((50, 0.1), (5000, 0.2))
        for r in softmax
        if r.trainer == "sgns" and r.metric in ("accuracy", "train_seconds")
    ]  # fmt: skip

    says = one(Results(softmax + longer), "analogies accuracy during").finding

    start = "sgns (epochs = 50) after 4 s against full_softmax after 40 s: **better** (+10."
    assert says.startswith(start)


def test_a_fit_is_set_beside_its_theory(pmi, points):
    results = Results(pmi, points)

    assert (
        "Slope 0.80 (0.70 to 0.90), in theory 1; intercept -1.61 (-1.71 to -1.51), in theory"
        " -log k = -1.61; R² 0.60 (0.50 to 0.70)." == one(results, "pmi: u·v against PMI").finding
    )
    assert "-3.00" == cells(one(results, "pmi: intercept, shift and -log k, by k"), "20")["-log k"]


def test_without_points_there_is_no_scatter_plot(pmi):
    assert not [f for f in figures.collect(Results(pmi)) if "against PMI" in f.title]


@pytest.mark.parametrize("run", ["grid", "ladder", "practice", "softmax", "pmi"])
def test_every_figure_is_a_small_picture_with_a_name_and_its_numbers(run, request, points):
    for figure in figures.collect(Results(request.getfixturevalue(run), points)):
        element = plotting.picture(figure)

        assert element.startswith(f'<svg role="img" aria-label="{figure.title}"')
        assert element.endswith("</svg>\n")
        assert len(element) < 80_000
        assert figure.table.rows


def test_the_same_figure_is_the_same_text(grid):
    figure = one(Results(grid), HEAT_MAP)

    assert plotting.picture(figure) == plotting.picture(figure)


def test_what_figures_find_is_part_of_the_answer(ladder):
    (says,) = build(ladder).answer.parts

    assert says.startswith(f"- text, Best k for analogies accuracy, %, by corpus size: {FALLS}")
