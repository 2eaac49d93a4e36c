"""What was measured, at the prompt and in notebooks."""

import re

import numpy as np

import glassprop as gp
from glassprop.train.progress.history import Epoch, Evaluation, History


def trained(epochs=3):
    x = np.linspace(0, 1, 20).reshape(10, 2)
    net = gp.Network([2, 3, 1], seed=0)
    return net, x, net.fit(x, x[:, :1].round().astype(int), epochs=epochs, validation=(x, x[:, :1]))


def test_an_evaluation_says_its_numbers():
    net, x, _ = trained(1)
    found = net.evaluate(x, x[:, :1].round().astype(int))
    assert re.fullmatch(
        r"<evaluation of 10 examples: cost [\d.]+  accuracy .* of 10\)>", repr(found)
    )
    assert "<td>10</td>" in found._repr_html_()
    assert "accuracy" not in Evaluation(0.5, None, 3)._repr_html_()


def test_a_history_is_a_table():
    _, _, history = trained()
    assert repr(history).startswith("<history of 3 epochs>\nepoch 1  cost ")
    page = history._repr_html_()
    assert page.count("<tr>") == 4 and "<th>validation cost</th>" in page
    assert repr(history[0]) == f"<{history[0]}>" and history[0]._repr_html_().count("<tr>") == 2
    assert History()._repr_html_() == "<p>no epochs</p>"


def test_a_long_history_is_cut_at_the_prompt():
    epochs = [Epoch(k, Evaluation(1 / k, None, 5), None, 0.1) for k in range(1, 101)]
    shown = repr(History(epochs, interrupted=True))
    assert shown.startswith("<history of 100 epochs, interrupted>") and shown.count("\n") == 21
