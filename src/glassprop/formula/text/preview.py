"""A formula for people who look at it: at the prompt, in messages, in a debugger.

Text that `parse` reads back where there is some, as for (a + b) * c; beside that a function by its
name, and a sum over some axes only as sum[k](W2 * delta2). Never longer than a line or two.
"""

from __future__ import annotations

from itertools import islice

from glassprop.errors import FormulaError
from glassprop.formula.nodes import Contract, Map, Node, Number, Symbol, walk
from glassprop.formula.text.write import ATOM, PRODUCT, SIGN, Text, Writer, vectors

LONGEST = 200
"""Characters up to which a formula is shown whole."""
END = 60
MOST_NODES = 300


def shown(root: Node) -> str:
    """The formula as text, with … for what is in the middle of a long one."""
    if isinstance(root, Symbol):
        return root.outline(1)
    nodes = list(islice(walk([root]), MOST_NODES + 1))
    if len(nodes) > MOST_NODES:
        return _ends(root)
    done: dict[Node, Text] = {}
    writer = _Lenient(done, vectors(root))
    for node in nodes:
        made = writer.write(node)
        done[node] = Text(_cut(made.text), made.level)
    return done[root].text


def _ends(root: Node) -> str:
    """A formula of many nodes: what its outermost operation is made of, with … for what is deep."""
    kind = {"Add": " + ", "Contract": " * "}.get(type(root).__name__, "")
    if not kind:
        return _cut(f"{root.kind_name}(…)")
    parts = ["…" if part.parts else shown(part) for part in root.parts]
    return _cut(kind.join(parts))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - END - 3]} … {text[-END:]}"


class _Lenient(Writer):
    """Writes something for every node."""

    def write(self, node: Node) -> Text:
        """The text of a node; its outline where there is none."""
        try:
            return super().write(node)
        except FormulaError:
            return Text(node.outline(2), ATOM)

    def function(self, node: Map) -> Text:
        """A function, a user's by its name."""
        try:
            return super().function(node)
        except FormulaError:
            arguments = ", ".join(self.done[u].text for u in node.operands)
            return Text(f"{node.function.name}({arguments})", ATOM)

    def product(self, node: Contract, coefficient: Number) -> Text:
        """A product, summed over some axes as sum[k](u * v)."""
        try:
            return super().product(node, coefficient)
        except FormulaError:
            if not node.factors or not node.is_straight:
                raise
        text = " * ".join(self.done[factor.node].inside(PRODUCT) for factor in node.factors)
        if node.summed:
            text = f"sum[{', '.join(axis.name for axis in node.summed)}]({text})"
        level = ATOM if node.summed else PRODUCT
        if coefficient == 1:
            return Text(text, level)
        if coefficient == -1:
            return Text(f"-{text}", SIGN)
        return Text(f"{coefficient!r} * {text}", PRODUCT)
