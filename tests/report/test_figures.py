"""Figures are drawn wherever the records have their axes, and say what is in them."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure as Canvas

from sgns_bench.report import build, figures, svg
from sgns_bench.report.results import Results


def one(results, title):
    """Return the only figure whose title starts so."""
    (figure,) = [f for f in figures.collect(results) if f.title.startswith(title)]
    return figure


def cells(figure, first):
    """Return the cells of the only row that starts so, by column."""
    (found,) = [row for row in figure.table.rows if list(first) == list(row[: len(first)])]
    return dict(zip(figure.table.header, found, strict=True))


def finding(results, words):
    """Return the only finding that has these words."""
    (found,) = [sentence for sentence in figures.findings(results) if words in sentence]
    return found


def titles(records):
    return [figure.title for figure in figures.collect(Results(records))]


def test_a_heat_map_marks_the_best_cell_and_those_that_cannot_be_told_from_it(grid):
    noisy = [
        replace(r, value=r.value + 0.04 * (r.seed - 2)) if r.metric == "accuracy" else r
        for r in grid
    ]

    figure = one(Results(noisy), "analogies accuracy of sgns, by k and power")

    assert "best" == cells(figure, ["5", "0.75"])["best"]
    assert "cannot be told from it" == cells(figure, ["2", "0.75"])["best"]
    assert "" == cells(figure, ["15", "0"])["best"]
    assert "30.0" == cells(figure, ["5", "0.75"])["accuracy, %"]


def test_without_noise_no_other_cell_is_as_good_as_the_best(grid):
    figure = one(Results(grid), "analogies accuracy of sgns, by k and power")

    assert ["best"] == [row[-1] for row in figure.table.rows if row[-1]]


def test_one_seed_has_no_interval_and_no_equals(grid):
    results = Results([record for record in grid if record.seed == 1])

    assert "one seed, noise unknown" in finding(results, "power 0.75")
    figure = one(results, "analogies accuracy of sgns, by k and power")
    assert "the noise is unknown" in figure.text


def test_the_usual_power_is_compared_with_the_next_best_over_all_k(grid):
    says = finding(Results(grid), "power 0.75")

    assert says.startswith("On text (sgns, over all k), power 0.75 is best, ahead of power 1, for")
    assert "(+5.0 points, +4.9 to +5.1)" in says


def test_a_usual_power_that_is_worse_is_called_so(grid):
    turned = [replace(r, value=0.5 - r.value) if r.metric == "accuracy" else r for r in grid]

    says = finding(Results(turned), "power 0.75")

    assert "power 0.75 is behind the best, power 0," in says


def test_cells_that_are_not_there_count_for_no_power(grid):
    some = [r for r in grid if (r.config["negative"], r.config["ns_exponent"]) != (15, 1.0)]

    says = finding(Results(some), "power 0.75")

    assert "(+5.0 points, " in says  # of k = 2 and k = 5, for which all powers are there


def test_the_best_k_falls_with_the_size_of_the_corpus(ladder):
    results = Results(ladder)

    says = finding(results, "best k")

    assert "the best k falls with corpus size: 15 at 25,000 words, 2 at 400,000" in says
    figure = one(results, "Best k")
    assert ["15", "5", "2"] == [row[-2] for row in figure.table.rows]


def test_an_answer_on_the_whole_corpus_says_its_size_once(ladder):
    *_, answer = build(ladder).answers

    assert answer.startswith("On text (400,000 words, V = 900), sgns (k = 5, power = 0.75) trains")


def test_a_trend_within_the_noise_is_none(ladder):
    flat = [replace(r, value=0.3 + r.seed / 100) if r.metric == "accuracy" else r for r in ladder]

    assert "no trend of the best k" in finding(Results(flat), "best k")


def test_the_trend_is_that_of_the_means_whatever_the_noise(ladder):
    faint = [
        replace(r, value=0.3 + r.value / 1e6 + r.seed / 100) if r.metric == "accuracy" else r
        for r in ladder
    ]

    says = finding(Results(faint), "best k")

    assert "15 at 25,000 words, 2 at 400,000 (slope of log k on log words -0.73, -0." in says


def test_variants_are_ranked_by_what_they_change_seed_by_seed(practice):
    figure = one(Results(practice), "What changes analogies accuracy")

    assert ["a trick", "no shuffling", "no decay"] == [row[0] for row in figure.table.rows]
    assert cells(figure, ["no decay"])["difference"].startswith("-10.")
    assert "4" == cells(figure, ["no decay"])["seeds"]


def test_variants_that_matter_are_told_from_those_that_do_not(practice):
    says = finding(Results(practice), "for analogies, ")

    assert says.index("a trick (+") < says.index("no decay (-") < says.index("matter")
    assert says.startswith("On text (sgns), for analogies, ")
    assert says.endswith("; no shuffling cannot be told from the default.")


def test_variants_say_of_which_trainer_and_at_which_point_of_the_grid_they_are(half):
    figure = one(Results(half), "What changes analogies accuracy")

    assert "On text (sgns, k = 5), for analogies, " in finding(Results(half), "an average (")
    assert figure.text.startswith("Difference to the default in accuracy (sgns, k = 5), mean over")


def test_a_variant_alone_is_neither_at_the_top_nor_at_the_bottom(half):
    says = one(Results(half), "What changes analogies accuracy").text

    assert "Here: an average (+" in says
    assert "top" not in says
    assert "Holm" not in says


def test_a_variant_with_one_seed_is_not_said_to_do_nothing(practice):
    some = [r for r in practice if r.variant != "no decay" or r.seed == 1]

    says = finding(Results(some), "for analogies, ")

    assert "no shuffling cannot be told from the default; no decay (-" in says
    assert says.endswith(" points) had one seed, noise unknown.")
    assert "mean over 1 to 4 seeds, " in one(Results(some), "What changes analogies").text


def test_a_variant_is_drawn_against_speed_once_for_every_value_of_the_grid(half):
    figure = one(Results(half), "analogies accuracy against speed")

    names = [row[1] for row in figure.table.rows if row[0] == "sgns"]
    assert {"k = 2", "k = 5", "an average, k = 2", "an average, k = 5"} == set(names)


def test_an_effect_that_one_variant_in_three_has_by_chance_does_not_matter(practice):
    chance = {1: 0.01, 2: 0.02, 3: 0.03, 4: 0.06}  # and 0.02 each: p = 0.019, times 3 = 0.057
    records = [
        replace(r, value=0.3 + (0.02 + chance[r.seed] if r.variant == "a trick" else 0.0))
        if r.metric == "accuracy" and r.variant != "w"
        else r
        for r in practice
    ]
    alone = [r for r in records if r.variant in ("", "a trick")]

    among_three, one_family = (next(iter(figures.findings(Results(x)))) for x in (records, alone))

    assert "a trick (+" not in among_three
    assert "a trick (+" in one_family


def test_a_variant_with_several_values_is_an_axis_and_no_ablation(practice):
    results = Results(practice)

    assert ["no decay", "a trick", "no shuffling"] == results.ablations
    figure = one(results, "analogies accuracy, by window")
    assert ["1", "2", "5", "10"] == [row[0] for row in figure.table.rows]
    assert "power -1.00 " in one(results, "Words per second, by window").text


def test_speed_along_a_setting_is_set_beside_the_baseline_seed_by_seed(practice):
    slower = [
        replace(r, trainer="gensim_sgns", cell=f"gensim {r.cell}", value=r.value / (8 + r.seed))
        for r in practice
        if r.metric == "words_per_second"
    ]

    figure = one(Results(practice + slower), "Words per second, by window")

    assert "10.5 (9 to 12)" == cells(figure, ["10"])["sgns, times gensim_sgns"]


def test_speed_is_an_answer_where_nothing_is_scored(practice):
    fast = [r for r in practice if r.metric == "words_per_second"]

    scored, speed_alone = (list(figures.findings(Results(x))) for x in (practice, fast))

    assert not any("words/s go" in says for says in scored)
    assert any("words/s go as window to the power -1.00 " in says for says in speed_alone)


def test_many_trainers_are_ranked_against_the_baseline_seed_by_seed(practice):
    gains = {"gensim_sgns": 0.0, "better": 0.1, "worse": -0.1, "equal": 0.0}
    records = [
        replace(r, trainer=name, cell=f"{name} {r.cell}",
                value=r.value + gain + 0.001 * (r.seed % 2) * (name != "gensim_sgns"))
        for name, gain in gains.items()
        for r in practice
        if r.metric == "accuracy" and r.variant == ""
    ]  # fmt: skip
    results = Results(records)

    figure = one(results, "analogies accuracy of all trainers")

    assert ["better", "equal", "worse"] == [row[0] for row in figure.table.rows]
    assert cells(figure, ["worse"])["difference"] == "-10.0 points"
    says = finding(results, "against gensim_sgns")
    assert says.startswith("On text, against gensim_sgns, for analogies: better (+10.1 points,")
    assert says.endswith("is worse; equal cannot be told from it.")


def test_where_many_trainers_are_ranked_their_speeds_share_a_line(half):
    rates = {"sgns": 4e6, "gensim_sgns": 1e6, "slow": 2e5, "slower": 1e5}
    records = [
        replace(r, trainer=name, cell=f"{name} {r.cell}",
                value=rate if r.metric == "words_per_second" else r.value)
        for name, rate in rates.items()
        for r in half
        if r.trainer == "sgns" and r.variant == ""
    ]  # fmt: skip

    ranked, speeds = build(records).answers

    assert ranked.startswith("On text, against gensim_sgns (k = 5), for analogies: ")
    expected = "gensim_sgns 1,000,000; sgns 4,000,000 (4 times); slow 200,000 (0.2 times);"
    assert f"V = 900), words/s of training (k = 5, power = 0.75): {expected}" in speeds
    assert speeds.endswith(" slower 100,000 (0.1 times). (2 seeds)")


def test_numbers_on_a_front_that_would_cover_each_other_are_a_range(half):
    places = {
        ("sgns", 2): {"words_per_second": 1.01e6, "accuracy": 0.3},
        ("sgns", 5): {"words_per_second": 1e6, "accuracy": 0.301},
        ("gensim_sgns", 2): {"words_per_second": 1e4, "accuracy": 0.9},
    }
    records = [
        replace(r, value=place.get(r.metric, r.value))
        for r in half
        if r.variant == "" and (place := places.get((r.trainer, r.config["negative"])))
    ]

    drawn = svg.draw(one(Results(records), "analogies accuracy against speed"))

    assert ">1-2</text>" in drawn
    assert ">3</text>" in drawn


def test_a_front_has_the_settings_that_none_beats_in_speed_and_score(grid):
    figure = one(Results(grid), "analogies accuracy against speed")

    front = {row[1]: row[-1] for row in figure.table.rows if row[-1]}
    assert {"k = 2, power = 0.75": "1", "k = 5, power = 0.75": "2"} == front


def test_a_shorter_corpus_is_not_on_the_front(ladder):
    figure = one(Results(ladder), "analogies accuracy against speed")

    assert ["k = 2", "k = 5", "k = 15"] == [row[1] for row in figure.table.rows]


def test_cost_is_fitted_by_a_power_of_the_vocabulary(softmax):
    says = finding(Results(softmax), "Seconds per pair grow as V")

    assert "0.00 (-0.00 to 0.00) for sgns and 1.00 (1.00 to 1.00) for full_softmax" in says


def test_what_cost_grows_by_is_answered_first_also_beside_a_corpus_without_costs(softmax):
    other = {"corpus": "planted", "corpus_sha256": "cd" * 32}
    planted = [
        replace(r, cell=f"planted {r.cell}", **other) for r in softmax if r.dataset != "cost"
    ]

    answers = build([*softmax, *planted]).answers

    assert answers[0].startswith("Seconds per pair grow as V")


def test_curves_are_drawn_of_quality_and_loss_against_seconds(softmax):
    results = Results(softmax)

    quality = one(results, "analogies accuracy during the training")
    loss = one(results, "Loss")

    assert "5.0" == cells(quality, ["full_softmax", "25"])["accuracy, %"].split()[0]
    assert "10" == cells(quality, ["full_softmax", "25"])["seconds"]
    assert "1.000" == cells(loss, ["sgns", "100"])["loss, nats/pair"].split()[0]
    assert loss.text.endswith(" Losses of unlike objectives do not compare.")
    assert not quality.text.endswith("do not compare.")


def test_points_of_a_curve_are_no_results(softmax):
    assert [0.2, 0.2] == pytest.approx(Results(softmax).scores("sgns", "analogies", {}), abs=0.01)


def test_trainers_are_compared_after_equal_time(softmax):
    longer = [
        replace(r, config=r.config | {"epochs": epochs}, variant="longer", cell=f"{r.cell} {epochs}",
                value=r.value * epochs / 5 + 0.0 if r.metric == "train_seconds" else r.value + gain)
        for epochs, gain in ((50, 0.1), (5000, 0.2))
        for r in softmax
        if r.trainer == "sgns" and r.metric in ("accuracy", "train_seconds")
    ]  # fmt: skip

    says = finding(Results(softmax + longer), "in the time of full_softmax")

    assert says.startswith("On text, sgns (epochs = 50) in the time of full_softmax is ahead for")
    assert "(30.0 % after 4 s against 20.0 % after 40 s: +10.0 points," in says


def test_a_law_is_set_beside_its_theory(pmi, points):
    results = Results(pmi, points)

    says = finding(results, "slope")

    assert "the slope is 0.80 (0.70 to 0.90) where theory says 1" in says
    assert "the intercept -1.61 (-1.71 to -1.51) where it says -log 5 = -1.61" in says
    assert "50 pairs of words" in one(results, "pmi: u·v against PMI").text
    assert "-3.00" == cells(one(results, "pmi: intercept"), ["20"])["-log k"]
    assert "; R² 0.60 at 1, 0.60 at 20. Theory" in one(results, "pmi: slope and R²").text


def test_without_points_there_is_no_scatter_plot(pmi):
    assert not [title for title in titles(pmi) if "against PMI" in title]


@pytest.mark.parametrize("run", ["grid", "ladder", "practice", "softmax", "pmi"])
def test_every_figure_is_a_small_picture_with_a_name_and_a_description(run, request, points):
    for figure in figures.collect(Results(request.getfixturevalue(run), points)):
        element = svg.draw(figure)

        assert element.startswith('<svg role="img" viewBox="0 0 345.6 ')
        assert f"<title>{figure.title}</title><desc>{figure.text}</desc>" in element
        assert element.endswith("</svg>")
        assert len(element) < 60_000
        assert figure.table.rows


def test_the_same_figure_is_the_same_text(grid):
    figure = one(Results(grid), "analogies accuracy of sgns")

    assert svg.draw(figure) == svg.draw(figure)


def test_a_picture_leaves_its_colours_to_the_page(grid):
    element = svg.draw(one(Results(grid), "analogies accuracy against speed"))

    assert "var(--series-1)" in element
    assert "var(--ink)" in element
    for colour in (svg.INK, svg.FAINT, *svg.SERIES):
        assert colour not in element
    assert ">accuracy, %</text>" in element  # as text, not as paths


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1e3, 1e6], ["1000", "10k", "100k", "1M"]),
        ([2e5, 9e6], ["200k", "500k", "1M", "2M", "5M", "10M"]),
        ([4.25e6, 4.92e6], ["4.3M", "4.4M", "4.5M", "4.6M", "4.7M", "4.8M", "4.9M"]),
        ([1e6, 1e6], ["700k", "800k", "900k", "1M", "1.5M"]),
    ],
)
def test_a_logarithmic_axis_has_round_ticks_within_what_is_drawn(values, labels):
    axes = Canvas().subplots()

    svg.logarithmic(axes.xaxis, values)

    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == shown
