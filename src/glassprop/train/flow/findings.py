"""What is worth saying of the flow through the layers, in plain words, and from when on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassprop.train.flow.layer_flow import LayerFlow

DEAD = 0.25
"""The share of dead units from which a hidden layer is spoken of: networks with relu that learn
well lose a tenth and more. Of outputs one is enough, as it says the same of all examples."""
SATURATED = 0.95
"""The share of saturated activations from which a layer is spoken of: a unit hears of one example
in twenty. More than three quarters are common with N(0, 1) weights, which learn MNIST's digits."""
FLOWING = 1000.0
"""By what factor errors of two layers differ that vanish or explode: with a learning rate that
suits the one, the other stands still or runs away. Healthy networks stay below a hundred."""
MOVING = 1.0
"""‖ΔW‖ / ‖W‖ of a step from which it is said: the step is as large as the weights, and what they
had learned is lost. A thousandth is usual."""
Finding = tuple[tuple[str, int], str]
"""What is found, of which layer, and a sentence: of each kind and layer one is said in a run."""


def findings(
    layers: Sequence[LayerFlow], examples: int, two_ended: Sequence[bool]
) -> Iterator[Finding]:
    """What is not well.

    Args:
        layers: figures of all layers.
        examples: of how many examples.
        two_ended: of each layer, whether its activation is flat at both ends.
    """
    for one, both in zip(layers, two_ended, strict=True):
        whole = one.dead == one.units
        enough = 1 if one.layer == len(layers) else DEAD * one.units
        if one.dead and one.dead >= enough:
            yield ("dead", one.layer), _dead(one, examples)
        if both and not whole and one.layer < len(layers) and one.saturated >= SATURATED:
            yield (
                ("saturated", one.layer),
                f"layer {one.layer}: {100 * one.saturated:.0f} % of the activations are saturated, "
                "where their slope is below a hundredth of the largest",
            )
        if one.update >= MOVING:
            yield (
                ("moving", one.layer),
                f"a step changes W{one.layer} by {one.update:.2g} times its size; a smaller "
                "learning rate would be steadier",
            )
    yield from _flowing(layers)


def _dead(one: LayerFlow, examples: int) -> str:
    who = f"{one.dead} of {one.units} units are"
    if one.dead == one.units:
        who = "the unit is" if one.units == 1 else f"all {one.units} units are"
    what = "0" if one.zero else "flat at an end of the activation"
    if one.zero and one.flat:
        what = "0 or flat"
    return f"layer {one.layer}: {who} {what} for all {examples} examples of the sample (dead)"


def _flowing(layers: Sequence[LayerFlow]) -> Iterator[Finding]:
    """The layer whose errors differ most from those of the last that has any.

    Layers with dead ones behind them are passed over, as no errors reach them.
    """
    alive = [one for one in layers if one.error > 0]
    if len(alive) < 2:
        return
    last, least = alive[-1], min(alive, key=lambda one: one.error)
    most = max(alive, key=lambda one: one.error)
    for one, ratio, word, kind in (
        (least, last.error / least.error, "smaller", "vanishing"),
        (most, most.error / last.error, "larger", "exploding"),
    ):
        if ratio >= FLOWING and one.layer < last.layer:
            each = ratio ** (1 / (last.layer - one.layer))
            gradient = max(one.gradient, last.gradient) / min(one.gradient, last.gradient)
            is_so = (one.gradient < last.gradient) == (word == "smaller")
            beside = (
                f", and the gradient of W{one.layer} is {_times(gradient)} times {word} than that "
                f"of W{last.layer}"
                if is_so
                else ""
            )
            yield (
                (kind, 0),
                f"the error of layer {one.layer} is {_times(ratio)} times {word} than that of "
                f"layer {last.layer} ({kind}, by a factor of {each:.2g} a layer){beside}",
            )


def _times(ratio: float) -> str:
    """A factor in two figures: 1,300 or 2.1e+07."""
    if ratio >= 1e6:
        return f"{ratio:.2g}"
    return f"{float(f'{ratio:.2g}'):,.0f}" if ratio >= 10 else f"{ratio:.2g}"
