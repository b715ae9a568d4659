"""Tables come out as LaTeX that compiles to what they say."""

from sgns_bench.report import latex
from sgns_bench.report.document import Report, Section, Table


def test_a_table_has_its_columns_its_rules_and_its_caption():
    table = Table(["trainer", "accuracy, %"], [["gensim_sgns", "**26.4**"], ["a & b", "1.0"]], 1)

    text = latex.write(Report("T", "Q?", Section("A"), [Section("On lee_1", [table])]))

    assert text.endswith(
        r"""\begin{table}
\centering
\caption{On lee\_1}
\begin{tabular}{lr}
\toprule
trainer & accuracy, \% \\
\midrule
gensim\_sgns & \textbf{26.4} \\
a \& b & 1.0 \\
\bottomrule
\end{tabular}
\end{table}
"""
    )
