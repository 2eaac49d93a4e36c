"""Multi-class MLP on 5x3 pixel digits. Rows of X are the images."""
import numpy as np

GLYPHS = ["111101101101111", "010110010010111", "111001111100111", "111001111001111"]


def dataset(n_per_class=10, noise=0.15, seed=0):
    rng = np.random.default_rng(seed)
    X, y = [], []
    for k, g in enumerate(GLYPHS):
        for _ in range(n_per_class):
            X.append(np.array([float(c) for c in g]) + noise * rng.standard_normal(15))
            y.append(k)
    return np.array(X), np.array(y)


def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum(axis=0)


class DigitNet:
    def __init__(self, d=15, h=10, k=4, seed=1):
        rng = np.random.default_rng(seed)
        self.p = [rng.standard_normal((d, h)) * 0.3, np.zeros(h), rng.standard_normal((h, k)) * 0.3, np.zeros(k)]

    def forward(self, X):
        W1, b1, W2, b2 = self.p
        z1 = X @ W1 + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ W2 + b2
        return z1, a1, softmax(z2)

    def cost(self, X, y):
        probs = self.forward(X)[-1]
        return -np.log(probs[np.arange(len(y)), y]).mean()

    def grad(self, X, y):
        W1, b1, W2, b2 = self.p
        z1, a1, probs = self.forward(X)
        dz2 = probs.copy()
        dz2[np.arange(len(y)), y] -= 1.0
        dz2 /= len(y)
        dz1 = (dz2 @ W2.T) * (z1 > 0)
        return [X.T @ dz1, dz1.sum(0), a1.T @ dz2, dz2.sum(0)]

    def train(self, X, y, lr=0.02, steps=100):
        for s in range(steps):
            self.p = [p - lr * g for p, g in zip(self.p, self.grad(X, y))]
            if s % 25 == 0:
                print(f"step {s}: {self.cost(X, y):.4f}")


if __name__ == "__main__":
    X, y = dataset()
    net = DigitNet()
    net.train(X, y)
    print((net.forward(X)[-1].argmax(1) == y).mean())
