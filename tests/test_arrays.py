"""Whatever a user hands over is an array, or is refused in one line."""

import numpy as np
import pytest
from scipy import sparse

import glassprop as gp
from glassprop.arrays import as_array
from glassprop.nielsen import Network

X, Y = np.arange(12.0).reshape(4, 3) / 12, np.array([0, 1, 0, 1])


class Raises:
    """What refuses to be an array, as tensors do that require gradients."""

    def __init__(self, error):
        self.error = error

    def __array__(self, *args, **kwargs):
        raise self.error


class NoArray:
    def __array__(self, *args, **kwargs):
        return 7


class NoAttributes:
    def __getattr__(self, name):
        raise RuntimeError(f"no {name}")


def of_objects(kind):
    made = kind(X)
    made.data = made.data.astype(object)
    return made


def endless():
    made = []
    made.append(made)
    return made


def tensor():
    torch = pytest.importorskip("torch")
    return torch.ones(4, 3, requires_grad=True)


BAD = {
    "tensor that requires gradients": (tensor, "detach"),
    "RuntimeError": (lambda: Raises(RuntimeError("use\n.detach()")), "use .detach"),
    "KeyError": (lambda: Raises(KeyError("k")), "Raises, which cannot be made one: 'k'"),
    "error without a message": (lambda: Raises(AssertionError()), "AssertionError"),
    "long message": (lambda: Raises(ValueError("x" * 5000)), "x…"),
    "in a list": (lambda: [Raises(RuntimeError("detach"))] * 4, "detach"),
    "__array__ that gives no array": (NoArray, "not producing an array"),
    "no attributes": (NoAttributes, "NoAttributes, which cannot be made one"),
    "list in itself": (endless, "rectangular"),
    "lists of different lengths": (lambda: [[1.0] * 3] * 3 + [[1.0] * 2], "rectangular"),
    "csr of objects": (lambda: of_objects(sparse.csr_matrix), "sparse"),
    "coo of objects": (lambda: of_objects(sparse.coo_array), "sparse"),
    "masked": (lambda: np.ma.masked_less(X, 0.2), "masked entries"),
    "one masked": (lambda: np.ma.array(X, mask=np.arange(12).reshape(4, 3) == 11), "masked"),
    "masked of integers": (lambda: np.ma.masked_equal(np.full((4, 3), -999), -999), "masked"),
    "list of masked rows": (lambda: list(np.ma.masked_less(X, 0.2)), "masked entries"),
    "masked in lists": (lambda: [[np.ma.masked, 0.0, 1.0]] * 4, "masked entries"),
}


@pytest.mark.parametrize("name", BAD)
def test_inputs_and_targets(name):
    made, expected = BAD[name]
    given, net, book = made(), gp.Network([3, 3], seed=0), Network([3, 3])
    rows = np.ones((3, 1))
    for call in (
        lambda: net.predict(given),
        lambda: net.classify(given),
        lambda: net.evaluate(given, Y),
        lambda: net.evaluate(X, given),
        lambda: net.gradients(given, Y),
        lambda: net.trace(X, given),
        lambda: net.fit(given, Y, epochs=1, progress=False),
        lambda: net.fit(X, Y, epochs=1, progress=False, validation=(X, given)),
    ):
        with pytest.raises(gp.GlasspropError, match=expected) as caught:
            call()
        assert len(str(caught.value).splitlines()) == 1 and len(str(caught.value)) < 400
    for call in (
        lambda: book.feedforward(given),
        lambda: book.SGD([(given, rows)], 1, 1, 0.1),
        lambda: book.SGD([(rows, given)], 1, 1, 0.1),
        lambda: book.SGD(given, 1, 1, 0.1),
    ):
        with pytest.raises(gp.GlasspropError) as caught:
            call()
        assert len(str(caught.value).splitlines()) == 1


def test_the_error_of_the_object_is_kept_as_the_cause():
    error = RuntimeError("own")
    with pytest.raises(gp.DataError) as caught:
        as_array(Raises(error), "x")
    assert caught.value.__cause__ is error


def test_memory_is_no_fault_of_the_data():
    with pytest.raises(MemoryError):
        as_array(Raises(MemoryError()), "x")


def test_a_mask_without_masked_entries_hides_nothing():
    net = gp.Network([3, 2], seed=0)
    for x in (np.ma.array(X), np.ma.array(X, mask=np.zeros_like(X, bool)), list(np.ma.array(X))):
        assert (net.predict(x) == net.predict(X)).all()
    assert net.evaluate(X, np.ma.array(Y)) == net.evaluate(X, Y)


def test_masked_parameters_and_files_are_refused(tmp_path):
    net = gp.Network([3, 2], seed=0)
    with pytest.raises(gp.NetworkError, match="W1: has masked entries"):
        net.parameters["W1"] = np.ma.masked_less(net.parameters["W1"], 0)
    with pytest.raises(gp.NetworkError, match="detach"):
        net.parameters["W1"] = Raises(RuntimeError("detach"))
    with pytest.raises(gp.NetworkError, match="entries of type <U1"):
        net.parameters["W1"] = np.full((2, 3), "a")
    with pytest.raises(gp.DataError, match="masked"):
        gp.data.write_idx(tmp_path / "a.idx", np.ma.masked_less(X, 0.2))


def test_the_ejected_file_refuses_masked_entries():
    space = {"__file__": "x.py"}
    net = gp.Network([3, 2], seed=0)
    code = net.standalone("w.npz")
    before, _, after = code.partition("folder = __file__")
    after = after.partition("\n\n\n")[2]
    space["parameters"] = net.parameters
    exec(before + "\n\n\n" + after, space)
    assert (space["predict"](X) == net.predict(X)).all()
    for x, y in ((np.ma.masked_less(X, 0.2), Y), (X, np.ma.masked_equal(Y, 1))):
        with pytest.raises(ValueError, match="masked entries"):
            space["cost"](x, y)
