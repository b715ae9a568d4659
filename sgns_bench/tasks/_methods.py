"""Ways to answer an analogy, by name: apart from the code, with which torch is imported."""

from typing import Final, Literal

Formula = Literal["3cosadd", "3cosmul", "pairdirection"]
Method = Literal[Formula, "lrcos"]

METRICS: Final[dict[Method, str]] = {
    "3cosadd": "accuracy",
    "3cosmul": "accuracy_3cosmul",
    "pairdirection": "accuracy_pairdirection",
    "lrcos": "accuracy_lrcos",
}
