"""Read gensim's pickles without running code that a pickle names.

A pickle can call any function of any module. Vectors and models that gensim saved need its own
classes, NumPy's arrays and a few types of Python; whatever else a pickle names is refused.
"""

import pickle
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from gensim import utils

from sgns_bench.errors import DatasetError

GENSIM: Final = ("gensim.models.keyedvectors", "gensim.models.word2vec", "gensim.models.fasttext")
ALLOWED: Final = {
    "builtins": {
        "bytearray", "bytes", "complex", "dict", "float", "frozenset", "hash", "int", "list",
        "object", "range", "set", "slice", "str", "tuple",
    },
    "collections": {"OrderedDict", "defaultdict"},
    "gensim.utils": {"call_on_class_only"},  # stands in a model for its class's methods
    "copyreg": {"__newobj__", "_reconstructor"},
    "_codecs": {"encode"},
    "numpy": {"dtype", "ndarray"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random._pickle": {"__bit_generator_ctor", "__randomstate_ctor"},
}  # fmt: skip
PYTHON_2: Final = {"__builtin__": "builtins", "copy_reg": "copyreg"}  # in pickles of protocol 2
ARRAYS: Final = {"_frombuffer", "_reconstruct", "scalar"}
ARRAY_MODULES: Final = {
    f"numpy.{core}.{module}" for core in ("core", "_core") for module in ("multiarray", "numeric")
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        module = PYTHON_2.get(module, module)
        if "." in name or not _is_allowed(module, name):
            raise DatasetError(
                f"it is a pickle that names {f'{module}.{name}'!r}, neither gensim's nor NumPy's; if"
                " you trust it, load it with gensim and give the model"
            )
        found = super().find_class(module, name)
        if module in GENSIM and not isinstance(found, type):
            raise DatasetError(
                f"it is a pickle that calls {module}.{name}, which is no class; if you trust it,"
                " load it with gensim and give the model"
            )
        return found


def _is_allowed(module: str, name: str) -> bool:
    if module in ARRAY_MODULES:
        return name in ARRAYS
    return module in GENSIM or name in ALLOWED.get(module, ())


def read_gensim(path: str) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Return the words and vectors of a file that gensim saved, of vectors or of a whole model.

    Args:
        path: the file; arrays that gensim saved apart are read from beside it.

    Raises:
        DatasetError: the pickle names what is neither gensim's nor NumPy's.
        Exception: any, if the file is damaged.
    """
    with utils.open(path, "rb") as file:
        saved = _Unpickler(file, encoding="latin1").load()
    compress, subname = utils.SaveLoad._adapt_by_suffix(path)
    saved._load_specials(path, None, compress, subname)  # as gensim's load
    keyed = getattr(saved, "wv", saved)
    return [str(word) for word in keyed.index_to_key], keyed.vectors
