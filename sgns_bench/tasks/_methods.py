"""Names of the methods that answer analogies; separate from their code, which imports torch."""

from typing import Final, Literal

Formula = Literal["3cosadd", "3cosmul", "pairdirection"]
Method = Literal[Formula, "lrcos"]

METRICS: Final[dict[Method, str]] = {
    "3cosadd": "accuracy",
    "3cosmul": "accuracy_3cosmul",
    "pairdirection": "accuracy_pairdirection",
    "lrcos": "accuracy_lrcos",
}
