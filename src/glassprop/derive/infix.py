"""A formula of numbers as one line of text, such as (a + b) * (b + 1)."""

from __future__ import annotations

from glassprop.formula.nodes import Add, Const, Contract, Map, Node, Number, Symbol, walk

SUM, PRODUCT, POWER, ATOM = range(4)
Text = tuple[str, int]
"""A text and how tightly its outermost operation binds."""


def infix(root: Node) -> str:
    """The formula in the language that `parse` reads; a derivative f′ keeps its prime.

    Raises:
        TypeError: for a formula that is not made of scalar operations.
    """
    done: dict[Node, Text] = {}
    for node in walk([root]):
        done[node] = _text(node, done)
    return done[root][0]


def number(value: Number) -> str:
    """A number without a superfluous point: 2, 0.1, 1e-07."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return repr(value)


def _text(node: Node, done: dict[Node, Text]) -> Text:
    if isinstance(node, Symbol):
        return node.name, ATOM
    if isinstance(node, Const):
        return number(node.value), ATOM if node.value >= 0 else SUM
    if isinstance(node, Add):
        return _sum([done[term] for term in node.terms]), SUM
    if isinstance(node, Contract):
        return _product(node, done)
    if isinstance(node, Map):
        return _map(node, done)
    raise TypeError(f"{type(node).__name__} is not a scalar operation")


def _wrapped(text: Text, at_least: int) -> str:
    return text[0] if text[1] >= at_least else f"({text[0]})"


def _sum(terms: list[Text]) -> str:
    text = terms[0][0]
    for term, _ in terms[1:]:
        text += f" - {term[1:]}" if term.startswith("-") else f" + {term}"
    return text


def _product(node: Contract, done: dict[Node, Text]) -> Text:
    above: list[str] = []
    below: list[str] = []
    for factor in node.factors:
        inner = factor.node
        if isinstance(inner, Map) and inner.function.name == "reciprocal":
            below.append(_wrapped(done[inner.operands[0]], POWER))
        else:
            above.append(_wrapped(done[inner], PRODUCT))
    sign = "-" if node.coefficient < 0 else ""
    size = abs(node.coefficient)
    if size != 1 or not above:
        above.insert(0, number(size))
    text = sign + " * ".join(above) + "".join(f" / {divisor}" for divisor in below)
    if sign:
        return text, SUM
    return text, PRODUCT if len(above) + len(below) > 1 else ATOM


def _map(node: Map, done: dict[Node, Text]) -> Text:
    name = node.function.name
    operands = [done[operand] for operand in node.operands]
    if name == "reciprocal":
        return f"1 / {_wrapped(operands[0], POWER)}", PRODUCT
    if name == "square":
        return f"{_wrapped(operands[0], ATOM)}**2", POWER
    if name == "power":
        exponent = number(node.function.parameters["p"])
        exponent = f"({exponent})" if exponent.startswith("-") else exponent
        return f"{_wrapped(operands[0], ATOM)}**{exponent}", POWER
    if name.endswith("_prime"):
        name = f"{name.removesuffix('_prime')}′"
    arguments = [text for text, _ in operands]
    arguments += [number(value) for value in node.function.parameters.values()]
    return f"{name}({', '.join(arguments)})", ATOM
