"""Small feed-forward network, after M. Nielsen's book, with type hints because mypy."""
from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Iterable, List, Sequence, Tuple

import numpy as np

Vec = np.ndarray
Example = Tuple[Vec, Vec]


def sigmoid(z: Vec) -> Vec:
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z: Vec) -> Vec:
    s = sigmoid(z)
    return s * (1 - s)


@dataclass
class Net:
    sizes: Sequence[int]
    seed: int = 0
    biases: List[Vec] = field(init=False, repr=False)
    weights: List[Vec] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        g = np.random.default_rng(self.seed)
        self.biases = [g.normal(size=(y, 1)) for y in self.sizes[1:]]
        self.weights = [g.normal(size=(y, x)) / x ** 0.5 for x, y in zip(self.sizes[:-1], self.sizes[1:])]

    def feedforward(self, a: Vec) -> Vec:
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(w @ a + b)
        return a

    def backprop(self, x: Vec, y: Vec) -> Tuple[List[Vec], List[Vec]]:
        zs: List[Vec] = []
        activations: List[Vec] = [x]
        for b, w in zip(self.biases, self.weights):
            zs.append(w @ activations[-1] + b)
            activations.append(sigmoid(zs[-1]))

        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        # cross-entropy cost with sigmoid output: the sigma' cancels
        delta = activations[-1] - y
        nabla_b[-1] = delta
        nabla_w[-1] = delta @ activations[-2].T
        for l in range(2, len(self.sizes)):
            delta = (self.weights[-l + 1].T @ delta) * sigmoid_prime(zs[-l])
            nabla_b[-l] = delta
            nabla_w[-l] = delta @ activations[-l - 1].T
        return nabla_b, nabla_w

    def update_mini_batch(self, batch: Sequence[Example], eta: float, lmbda: float, n: int) -> None:
        nabla_b = [np.zeros_like(b) for b in self.biases]
        nabla_w = [np.zeros_like(w) for w in self.weights]
        for x, y in batch:
            db, dw = self.backprop(x, y)
            nabla_b = [nb + d for nb, d in zip(nabla_b, db)]
            nabla_w = [nw + d for nw, d in zip(nabla_w, dw)]
        k = eta / len(batch)
        self.weights = [(1 - eta * lmbda / n) * w - k * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - k * nb for b, nb in zip(self.biases, nabla_b)]

    def sgd(self, data: List[Example], epochs: int, batch_size: int, eta: float, lmbda: float = 0.0) -> None:
        for epoch in range(epochs):
            random.shuffle(data)
            for i in range(0, len(data), batch_size):
                self.update_mini_batch(data[i:i + batch_size], eta, lmbda, len(data))
            print(f"epoch {epoch}: cost {self.cost(data):.4f}")

    def cost(self, data: Iterable[Example]) -> float:
        total = 0.0
        for x, y in data:
            a = self.feedforward(x)
            total += float(np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a)))
        return total


def main() -> None:
    rng = np.random.default_rng(1)
    xs = rng.normal(size=(40, 6, 1))
    labels = (np.abs(xs[:, 0, 0]) > 0.7).astype(int) + (xs[:, 1, 0] > 0.3)
    data = [(x, np.eye(3)[l].reshape(3, 1)) for x, l in zip(xs, labels)]
    net = Net([6, 10, 3])
    net.sgd(data, epochs=8, batch_size=5, eta=0.5, lmbda=0.1)


if __name__ == "__main__":
    main()
