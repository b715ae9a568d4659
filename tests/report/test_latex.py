"""Tables come out as LaTeX that compiles to what they say."""

import pytest

from sgns_bench import report
from sgns_bench.report import latex
from sgns_bench.report.document import Report, Section, Table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.3 % & gensim_sgns", r"12.3 \% \& gensim\_sgns"),
        ("**0.5 ± 0.1**", r"\textbf{0.5 $\pm$ 0.1}"),
        ("a\\b {c}", r"a\textbackslash{}b \{c\}"),
    ],
)
def test_what_latex_would_misread_is_escaped(text, expected):
    assert expected == latex.escape(text)


def test_a_table_has_its_columns_its_rule_and_its_caption():
    table = Table(["trainer", "accuracy, %"], [["sgns", "**26.4**"], ["nce", "1.0"]], left=1)

    text = latex.write(Report("T", "Q?", ["A."], [Section("On lee", [Section("Set", [table])])]))

    assert text.endswith(
        r"""\begin{table}
  \centering
  \caption{On lee: Set}
  \begin{tabular}{lr}
    \toprule
    trainer & accuracy, \% \\
    \midrule
    sgns & \textbf{26.4} \\
    nce & 1.0 \\
    \bottomrule
  \end{tabular}
\end{table}
"""
    )


def test_figures_give_their_numbers_and_details_are_left_out(grid):
    text = latex.write(report.build(grid))

    assert r"\caption{On text: analogies accuracy of sgns, by k and power}" in text
    assert "Every seed" not in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") > 3
