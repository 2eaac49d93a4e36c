import numpy as np
import pytest

import glassprop as gp
from glassprop.nielsen import vectorized_result


@pytest.fixture(scope="module")
def digits():
    x, y = gp.data.mnist().train
    return [(x[k].reshape(784, 1), vectorized_result(y[k])) for k in range(300)]


@pytest.fixture(scope="module")
def labelled(digits):
    return [(x, int(np.argmax(y))) for x, y in digits]
