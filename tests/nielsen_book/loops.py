"""The algorithm of the book's network.py, one example at a time: the reference for the tests."""

import random

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Loops:
    def __init__(self, sizes):
        self.num_layers, self.sizes = len(sizes), sizes
        self.biases = [np.random.randn(size, 1) for size in sizes[1:]]
        self.weights = [np.random.randn(size, sizes[k]) for k, size in enumerate(sizes[1:])]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases, strict=True):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def SGD(self, training_data, epochs, mini_batch_size, eta, test_data=None):
        for epoch in range(epochs):
            random.shuffle(training_data)
            for start in range(0, len(training_data), mini_batch_size):
                self.update_mini_batch(training_data[start : start + mini_batch_size], eta)
            if test_data:
                print(f"Epoch {epoch}: {self.evaluate(test_data)} / {len(test_data)}")
            else:
                print(f"Epoch {epoch} complete")

    def update_mini_batch(self, mini_batch, eta):
        sum_b = [np.zeros(b.shape) for b in self.biases]
        sum_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            nabla_b, nabla_w = self.backprop(x, y)
            sum_b = [total + nabla for total, nabla in zip(sum_b, nabla_b, strict=True)]
            sum_w = [total + nabla for total, nabla in zip(sum_w, nabla_w, strict=True)]
        rate = eta / len(mini_batch)
        self.weights = [w - rate * total for w, total in zip(self.weights, sum_w, strict=True)]
        self.biases = [b - rate * total for b, total in zip(self.biases, sum_b, strict=True)]

    def backprop(self, x, y):
        a, zs = [x], []
        for w, b in zip(self.weights, self.biases, strict=True):
            zs.append(np.dot(w, a[-1]) + b)
            a.append(sigmoid(zs[-1]))
        delta = self.cost_derivative(a[-1], y) * sigmoid_prime(zs[-1])
        nabla_b, nabla_w = [delta], [np.dot(delta, a[-2].T)]
        for layer in range(2, self.num_layers):
            delta = np.dot(self.weights[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, np.dot(delta, a[-layer - 1].T))
        return nabla_b, nabla_w

    def evaluate(self, test_data):
        return sum(int(np.argmax(self.feedforward(x)) == y) for x, y in test_data)

    def cost_derivative(self, output_activations, y):
        return output_activations - y


def seeded(kind, sizes, seed=1):
    """A network of a class after setting both global generators."""
    np.random.seed(seed)
    random.seed(seed)
    return kind(sizes)


def distance(one, other):
    """The largest difference between the parameters of two networks."""
    pairs = [
        *zip(one.weights, other.weights, strict=True),
        *zip(one.biases, other.biases, strict=True),
    ]
    assert all(p.shape == q.shape and p.dtype == q.dtype == np.float64 for p, q in pairs)
    return max(abs(p - q).max() for p, q in pairs)


def examples(count, inputs, outputs, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(inputs, 1)), rng.random((outputs, 1))) for _ in range(count)]
