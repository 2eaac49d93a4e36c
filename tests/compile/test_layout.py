"""Random contractions as array expressions, against the reference evaluator."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compile.programs import agree
from glassprop.chainrule.derivation import Derivation
from glassprop.compile.numpy_source.emit import Lines, expression_function
from glassprop.compile.numpy_source.load import load
from glassprop.compile.program import Routine
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Const, Contract, Factor, Node, Step, Symbol

SIZES = {"a": 2, "b": 3, "c": 2, "d": 3, "e": 4, "n": "n"}
AXES = tuple(Axis(name, size) for name, size in SIZES.items())
LABELS = (*AXES, Axis("a'", 2), Axis("b'", 3), Axis("f", 3))
EXAMPLES = 5


@st.composite
def contractions(draw: st.DrawFn, graph: Graph, symbols: list[Node]) -> Node:
    """A product of symbols with labels drawn freely: any use of any axis, anywhere."""
    factors: list[Factor] = []
    for _ in range(draw(st.integers(1, 4))):
        node = draw(st.sampled_from(symbols))
        labels: list[Axis] = []
        for axis in node.axes:
            fits = [b for b in LABELS if b.size == axis.size and b not in labels]
            labels.append(draw(st.sampled_from(fits)))
        if draw(st.integers(0, 4)) == 0:
            node = graph.reciprocal(node)
        factors.append(Factor(node, tuple(labels)))
    used = list(dict.fromkeys(label for factor in factors for label in factor.labels))
    out = [label for label in used if draw(st.booleans())]
    extra = [label for label in LABELS if label not in used]
    out += draw(st.lists(st.sampled_from(extra), max_size=1)) if extra else []
    coefficient = draw(st.sampled_from([1, 1, -1, 2, -0.5, 0.25, 1 / 3, 1e-3]))
    return graph.contract(coefficient, factors, tuple(draw(st.permutations(out))))


@st.composite
def problems(draw: st.DrawFn) -> tuple[Graph, list[Symbol], Node]:
    graph = Graph()
    inputs = [graph.symbol("x", (AXES[5], AXES[0]))]
    for number in range(draw(st.integers(1, 3))):
        axes = draw(st.lists(st.sampled_from(AXES), unique=True, max_size=3))
        inputs.append(graph.symbol(f"u{number}", axes))
    one = draw(contractions(graph, list(inputs)))
    shape = draw(st.integers(0, 3))
    if shape == 1 and not isinstance(one, Const):
        one = graph.apply("tanh", one)
    if shape == 2 and isinstance(one, (Contract, Symbol)):
        one = draw(contractions(graph, [*inputs, one, one]))
    if shape == 3:
        one = one + one * draw(
            st.sampled_from([u for u in inputs if set(u.axes) <= set(one.axes)] or [one])
        )
    return graph, inputs, one


def values_of(symbols: list[Symbol], seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = {s.name: [EXAMPLES if a.size == "n" else a.size for a in s.axes] for s in symbols}
    signs = {k: rng.choice([-1, 1], size) for k, size in sizes.items()}
    return {k: signs[k] * rng.uniform(0.5, 1.5, size) for k, size in sizes.items()}


def emitted(graph: Graph, inputs: list[Symbol], formula: Node) -> str:
    result = graph.symbol("result", formula.axes, "step")
    step = Step(result, formula)
    steps = Derivation(graph, (step,), result, {}, (result,))
    routine = Routine("f", "f", steps, (result,), tuple(inputs))
    return "import numpy as np\n\n\n" + expression_function(routine, Lines([step], "float64"))


@settings(max_examples=300, deadline=None)
@given(problems())
def test_random_contractions(problem):
    graph, inputs, formula = problem
    values = values_of(inputs)
    theirs = evaluate([formula], {**values, "n": EXAMPLES})[formula]
    source = emitted(graph, inputs, formula)
    assert "einsum" not in source
    for dtype, tolerance in (("float64", 1e-12), ("float32", 1e-4)):
        function = load(source.replace("float64", dtype), "test")["f"]
        found = function(*(value.astype(dtype) for value in values.values()))
        assert not formula.axes or found.dtype == dtype
        agree({"result": found}, {"result": theirs}, tolerance)
