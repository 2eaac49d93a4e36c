"""How the classes and functions of a file that calls none of them may be called.

Each guess is a few lines of Python that are put behind the file, as a user may write them who knows
better (`--call`). X and Y are inputs and targets of six examples, as rows; x and y are columns of
one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

DATA = """
import numpy as _np
_random = _np.random.RandomState(3)
X = _random.uniform(-1.0, 1.0, (6, 3))
Y = _np.eye(2)[_np.array([0, 1, 1, 0, 1, 0])]
labels = _np.array([0, 1, 1, 0, 1, 0])
x, y = X[0].reshape(-1, 1), Y[0].reshape(-1, 1)
pairs = [(X[k].reshape(-1, 1), Y[k].reshape(-1, 1)) for k in range(6)]
"""
SIZES = re.compile(
    r"sizes|layers|dims|dimensions|shape|architecture|topology|structure", re.IGNORECASE
)
TRAINS = re.compile(
    r"^(sgd|train|fit|learn|update|step|backprop|backward|gradient|loss|cost|grad)", re.IGNORECASE
)
MOST = 24


def guesses(tree: ast.Module) -> Iterator[str]:
    """Texts that call what a file defines, the likeliest first."""
    found: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found += _of_a_class(node)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    found += _of_functions(functions)
    yield from found[:MOST]


def _of_a_class(node: ast.ClassDef) -> Iterator[str]:
    methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
    start = methods.get("__init__")
    made: list[str] = []
    if start is not None:
        needed = _needed(start)[1:]
        if needed and SIZES.search(needed[0]):
            made += [f"{node.name}([3, 5, 4, 2])", f"{node.name}([3, 5, 2])"]
        elif 2 <= len(needed) <= 5:
            sizes = ["3", "5", "2"] if len(needed) != 2 else ["3", "2"]
            rest = ["0.1"] * (len(needed) - len(sizes))
            made.append(f"{node.name}({', '.join([*sizes, *rest])})")
        elif not needed:
            made.append(f"{node.name}()")
        elif len(needed) == 1:
            made += [f"{node.name}([3, 5, 4, 2])", f"{node.name}(5)"]
    for one in made:
        for name, method in methods.items():
            if TRAINS.search(name):
                for call in _arguments(method, own=True):
                    yield f"_net = {one}\nfor _k in range(3):\n    _net.{name}({call})\n"


def _of_functions(functions: list[ast.FunctionDef]) -> Iterator[str]:
    starts = [f for f in functions if re.search(r"init|create|make|build", f.name, re.IGNORECASE)]
    trains = [
        f
        for f in functions
        if TRAINS.search(f.name) or re.search(r"model|train|backprop", f.name, re.IGNORECASE)
    ]
    for train in trains:
        for call in _arguments(train, own=False):
            yield f"{train.name}({call})\n"
        for start in starts:
            sizes = {1: "[3, 5, 2]", 2: "3, 2", 3: "3, 5, 2"}.get(len(_needed(start)))
            if sizes:
                for call in _arguments(train, own=False, parameters="_parameters"):
                    yield f"_parameters = {start.name}({sizes})\n{train.name}({call})\n"


def _needed(function: ast.FunctionDef) -> list[str]:
    names = [one.arg for one in function.args.args]
    return names[: len(names) - len(function.args.defaults)]


def _arguments(function: ast.FunctionDef, own: bool, parameters: str = "None") -> Iterator[str]:
    """Texts of arguments by the parameters' names: examples as rows, columns or one by one."""
    names = _needed(function)[1 if own else 0 :]
    ways = [
        ("X", "Y", "pairs"),
        ("X", "labels", "pairs"),
        ("X.T", "Y.T", "pairs"),
        ("x", "y", "pairs"),
        ("X[0]", "Y[0]", "pairs"),
    ]
    for inputs, targets, pairs in ways:
        texts: list[str] = []
        for name in names:
            low = name.lower()
            if re.search(r"param|weights?|theta|network|net|model", low):
                texts.append(parameters)
            elif re.search(r"batch_?size|mini_batch_size", low):
                texts.append("3")
            elif re.search(r"training_data|mini_batch|dataset|pairs", low):
                texts.append(pairs)
            elif re.search(r"epoch|iter|steps", low):
                texts.append("3")
            elif re.search(r"eta|alpha|lr|rate|lambda|lmbda|reg", low):
                texts.append("0.1")
            elif re.match(r"y|t$|target|label|expected|desired", low) or low.endswith(
                ("_y", "outputs", "labels")
            ):
                texts.append(targets)
            elif re.search(r"hidden|n_h", low):
                texts.append("5")
            else:
                texts.append(inputs)
        yield ", ".join(texts)
        if pairs in texts:
            return
