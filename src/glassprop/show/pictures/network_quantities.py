"""What the picture of a network shows: its quantities in pairs with their derivatives, and links.

In a deep network the layers in the middle are folded into one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import FormulaError
from glassprop.formula.nodes import Map, Step, Symbol, symbols, walk
from glassprop.show.notation.quantity_names import Name, read_name

MOST_LAYERS = 6
KEPT = 2
MOST_NODES = 60
FOLD = "folded layers"


@dataclass(frozen=True)
class Quantity:
    """A quantity of the way forward.

    Attributes:
        symbol: the quantity.
        step: where it comes from; None for what is given.
        back: the step with the derivative of the cost with respect to it; None without one.
        shape: the shape of both, for a mini-batch; empty for a number.
    """

    symbol: Symbol
    step: Step | None
    back: Step | None
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class Folded:
    """Layers in the middle that are not drawn one by one.

    Attributes:
        first: number of the first of them.
        last: number of the last.
        alike: whether each is made like layer 2, which is drawn.
    """

    first: int
    last: int
    alike: bool

    @property
    def count(self) -> int:
        """How many they are."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Chart:
    """What is drawn of a derivation.

    Attributes:
        quantities: by name, in the order in which they can be computed; FOLD stands among them.
        uses: pairs of a quantity and one that is computed from it.
        returns: those of the pairs along which a derivative comes back.
        folded: what FOLD stands for.
    """

    quantities: Mapping[str, Quantity | Folded]
    uses: Sequence[tuple[str, str]]
    returns: frozenset[tuple[str, str]]
    folded: Folded | None


def chart(derivation: Derivation) -> Chart:
    """What to draw of a derivation.

    Raises:
        FormulaError: for more quantities than a picture can hold.
    """
    found = _quantities(derivation)
    folded = _folded(derivation, found)
    place: dict[str, str] = {}
    shown: dict[str, Quantity | Folded] = {}
    for name, quantity in found.items():
        layer = _layer(quantity.symbol)
        inside = folded is not None and layer and folded.first <= layer <= folded.last
        place[name] = FOLD if inside else name
        if inside:
            assert folded is not None
            shown[FOLD] = folded
        else:
            shown[name] = quantity
    if len(shown) > MOST_NODES:
        raise FormulaError(
            f"the derivation has {len(shown)} quantities; a picture holds at most {MOST_NODES}"
        )
    uses: dict[tuple[str, str], None] = {}
    returns: set[tuple[str, str]] = set()
    for step in derivation.forward:
        for symbol in symbols(step.formula):
            if symbol.name not in found or place[symbol.name] == place[step.name]:
                continue
            pair = place[symbol.name], place[step.name]
            uses[pair] = None
            reaches = step.symbol is derivation.cost or found[step.name].back is not None
            if reaches and found[symbol.name].back is not None:
                returns.add(pair)
    order = _sorted(list(shown), list(uses))
    return Chart({name: shown[name] for name in order}, list(uses), frozenset(returns), folded)


def _quantities(derivation: Derivation) -> dict[str, Quantity]:
    back = {step.wrt: step for step in derivation.backward if step.wrt is not None}
    steps = {step.symbol: step for step in derivation.forward}
    listed: dict[Symbol, None] = {}
    for step in derivation.forward:
        for symbol in (*symbols(step.formula), step.symbol):
            if symbol.role != "size":
                listed[symbol] = None
    mean = derivation.batch is None and not any(
        isinstance(size, str) for symbol in listed for size in _sizes(symbol)
    )
    of_data = {symbol for symbol in listed if symbol.role in ("input", "target")}
    found: dict[str, Quantity] = {}
    for symbol in listed:
        step = steps.get(symbol)
        if step is not None and any(part in of_data for part in symbols(step.formula)):
            of_data.add(symbol)
        many = mean and symbol in of_data and symbol is not derivation.cost
        shape = ("n", *_sizes(symbol)) if many else _sizes(symbol)
        found[symbol.name] = Quantity(symbol, step, back.get(symbol), shape)
    return found


def _sizes(symbol: Symbol) -> tuple[int | str, ...]:
    return tuple(axis.size for axis in symbol.axes)


def _layer(symbol: Symbol) -> int:
    """The layer that a quantity belongs to; 0 for none."""
    name = read_name(symbol)
    return int(name.layer) if isinstance(name, Name) and name.layer.isdecimal() else 0


def _folded(derivation: Derivation, found: Mapping[str, Quantity]) -> Folded | None:
    """The layers to fold, where there are too many to draw."""
    numbers = sorted({_layer(quantity.symbol) for quantity in found.values()} - {0})
    if len(numbers) <= MOST_LAYERS or numbers != list(range(1, len(numbers) + 1)):
        return None
    first, last = 1 + KEPT, len(numbers) - KEPT
    patterns = {k: _pattern(derivation, k) for k in range(KEPT, last + 1)}
    return Folded(first, last, all(patterns[k] == patterns[KEPT] for k in range(first, last + 1)))


def _pattern(derivation: Derivation, layer: int) -> list[tuple[object, ...]]:
    """What a layer is made of, without its sizes and its number."""
    made: list[tuple[object, ...]] = []
    for step in derivation.forward:
        if _layer(step.symbol) == layer:
            kinds = [
                node.function.key if isinstance(node, Map) else type(node).__name__
                for node in walk([step.formula])
            ]
            made.append((step.name.rstrip("0123456789"), *kinds))
    return made


def _sorted(names: Sequence[str], uses: Sequence[tuple[str, str]]) -> list[str]:
    """Sources before targets, otherwise as they come."""
    missing = {name: sum(target == name for _, target in uses) for name in names}
    waiting, order = list(names), list[str]()
    while waiting:
        name = next(name for name in waiting if missing[name] == 0)
        waiting.remove(name)
        order.append(name)
        for source, target in uses:
            if source == name:
                missing[target] -= 1
    return order
