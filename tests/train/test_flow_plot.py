"""The plot of the flow through the layers: what it shows, and what is refused."""

import importlib.util

import numpy as np
import pytest

import glassprop as gp
from glassprop.train.flow import plot

pytest.importorskip("matplotlib")

X = np.random.default_rng(0).uniform(-1, 1, (60, 3))
Y = X.sum(1, keepdims=True)


def history(layers=2, epochs=3, **given):
    hidden = [gp.Dense(4, "tanh") for _ in range(layers - 1)]
    net = gp.Network(3, *hidden, gp.Dense(1), seed=0)
    return net.fit(X, Y, epochs=epochs, progress=False, **{"watch": True, **given})


def lines(axes):
    return [line for line in axes.get_lines() if line.get_marker() == "."]


def test_a_line_for_each_layer_over_the_epochs():
    run = history()
    figure = run.plot_flow()
    assert [len(lines(axes)) for axes in figure.axes] == [2] * 4
    for axes, name in zip(figure.axes, ("gradient", "error", "update"), strict=False):
        assert axes.get_yscale() == "log"
        for layer, line in enumerate(lines(axes), 1):
            x, y = line.get_data()
            own = run.flow["layer"] == layer
            assert list(x) == [1, 2, 3] and np.array_equal(y, run.flow[name][own])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["layer 1", "layer 2"]
    assert figure.axes[3].get_ylim() == (-4, 104)


def test_one_epoch_is_a_line_over_the_layers():
    figure = history(layers=5, epochs=1).plot_flow()
    (line,) = lines(figure.axes[0])
    assert list(line.get_xdata()) == [1, 2, 3, 4, 5]
    assert figure.axes[2].get_xlabel() == "layer"


def test_many_layers_are_not_all_named():
    figure = history(layers=20, epochs=2).plot_flow()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[0] == "layer 1" and legend[-1] == "layer 20" and len(legend) < 10


def test_what_is_0_has_no_point_and_dead_units_have_rings():
    net = gp.Network(3, gp.Dense(4, "relu"), gp.Dense(1), seed=0)
    net.parameters["b1"][:] = -50
    figure = net.fit(X, Y, epochs=2, progress=False, watch=True).plot_flow()
    assert np.isnan(lines(figure.axes[0])[0].get_ydata()).all()
    rings = [line for line in figure.axes[3].get_lines() if line.get_marker() == "o"]
    assert list(rings[0].get_ydata()) == [100, 100]


STARTS = {".png": b"\x89PNG", ".svg": b"<?xml", ".PDF": b"%PDF"}


@pytest.mark.parametrize("suffix", STARTS)
def test_it_is_saved(suffix, tmp_path):
    path = tmp_path / f"flow{suffix}"
    path.write_bytes(b"old")
    history().plot_flow(path)
    assert path.read_bytes().startswith(STARTS[suffix]) and list(tmp_path.iterdir()) == [path]


def test_what_is_refused(tmp_path, monkeypatch):
    run = history()
    with pytest.raises(gp.NetworkError, match=r"plot_flow: nothing was watched; .*watch=True"):
        history(watch=False).plot_flow()
    with pytest.raises(gp.NetworkError, match=r"flow\.jpeg: the suffix '\.jpeg' names no format"):
        run.plot_flow(tmp_path / "flow.jpeg")
    with pytest.raises(gp.NetworkError, match="expected the path of a file"):
        run.plot_flow(3.5)
    with pytest.raises(gp.NetworkError, match=r"no/flow\.png: the folder .* does not exist"):
        run.plot_flow(tmp_path / "no" / "flow.png")
    monkeypatch.setattr(plot, "find_spec", lambda name: None)
    with pytest.raises(gp.NetworkError) as caught:
        run.plot_flow(tmp_path / "flow.png")
    assert str(caught.value).endswith("run: pip install 'glassprop[plot]'")
    assert importlib.util.find_spec("matplotlib") and not list(tmp_path.iterdir())
