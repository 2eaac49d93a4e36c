import numpy as np
from abc import ABC, abstractmethod


class Module(ABC):
    params: tuple = ()

    @abstractmethod
    def forward(self, x): ...

    @abstractmethod
    def backward(self, dy): ...


class Affine(Module):
    params = ("w", "b")

    def __init__(self, i, o, rng):
        self.w = rng.normal(0, np.sqrt(2 / i), (i, o))
        self.b = np.zeros(o)

    def forward(self, x):
        self.x = x
        return np.einsum("ni,io->no", x, self.w) + self.b

    def backward(self, dy):
        self.d_w = np.einsum("ni,no->io", self.x, dy)
        self.d_b = np.einsum("no->o", dy)
        return np.einsum("no,io->ni", dy, self.w)


class Rect(Module):
    def forward(self, x):
        self.on = x > 0
        return np.where(self.on, x, 0.0)

    def backward(self, dy):
        return np.where(self.on, dy, 0.0)


class Dropout(Module):
    def __init__(self, shape, rate, rng):
        self.rate = rate
        self.mask = rng.random(shape) >= rate      # drawn once

    def forward(self, x):
        return x * self.mask / (1 - self.rate)

    def backward(self, dy):
        return dy * self.mask


class SoftmaxXent:
    def __call__(self, s, t):
        s = s - s.max(1, keepdims=True)
        self.t = t
        self.logp = s - np.log(np.exp(s).sum(1, keepdims=True))
        return -np.mean((self.logp * t).sum(1))

    def backward(self):
        return (np.exp(self.logp) - self.t) / len(self.t)


class Chain:
    def __init__(self, *mods): self.mods = mods

    def forward(self, x):
        for m in self.mods: x = m.forward(x)
        return x

    def backward(self, d):
        for m in self.mods[::-1]: d = m.backward(d)

    def sgd(self, lr):
        for m in self.mods:
            for p in m.params:
                getattr(m, p).__isub__(lr * getattr(m, "d_" + p))


def build(n_in, n_hid, n_out, rng):
    return Chain(Affine(n_in, n_hid, rng), Rect(), Dropout(n_hid, 0.3, rng), Affine(n_hid, n_out, rng))


if __name__ == "__main__":
    rng = np.random.default_rng(8)
    lab = rng.integers(0, 4, 120)
    x = rng.normal(size=(120, 3)) + 2 * rng.normal(size=(4, 3))[lab]
    t = np.eye(4)[lab]
    net, crit = build(3, 20, 4, rng), SoftmaxXent()
    for epoch in range(60):
        loss = crit(net.forward(x), t)
        net.backward(crit.backward())
        net.sgd(0.3)
        if epoch % 20 == 0: print(epoch, round(float(loss), 4))
