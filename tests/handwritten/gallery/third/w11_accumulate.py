import numpy as np
import random


def act(z): return 1.0 / (1.0 + np.exp(-z))
def act_p(z): return act(z) * (1 - act(z))


class DeepNet():
    """all hidden layers have the same width"""

    def __init__(self, n_in, width, depth, n_out):
        rng = np.random.default_rng(12)
        sizes = [n_in] + [width] * depth + [n_out]
        self.weights = [rng.normal(size=(o, i)) / np.sqrt(i) for i, o in zip(sizes[:-1], sizes[1:])]
        self.biases = [rng.normal(size=(o, 1)) * 0.1 for o in sizes[1:]]

    def forward(self, x):
        zs, As = [], [x]
        for W, b in zip(self.weights, self.biases):
            zs.append(W @ As[-1] + b)
            As.append(act(zs[-1]))
        return zs, As

    def gradients(self, batch):
        width = self.weights[0].shape[0]
        gw = [np.zeros_like(self.weights[0])] + [np.zeros((width, width))] * (len(self.weights) - 2) + [np.zeros_like(self.weights[-1])]
        gb = [np.zeros_like(b) for b in self.biases]
        for x, y in batch:
            zs, As = self.forward(x)
            delta = (As[-1] - y) * act_p(zs[-1])
            for l in range(len(self.weights) - 1, -1, -1):
                gw[l] += delta @ As[l].T / len(batch)
                gb[l] += delta / len(batch)
                if l > 0:
                    delta = self.weights[l].T @ delta * act_p(zs[l - 1])
        return gw, gb

    def cost(self, batch):
        return sum(np.sum((self.forward(x)[1][-1] - y) ** 2) for x, y in batch) / (2 * len(batch))

    def train(self, data, epochs=20, eta=2.0, size=10):
        for e in range(epochs):
            random.shuffle(data)
            for k in range(0, len(data), size):
                gw, gb = self.gradients(data[k:k + size])
                for W, g in zip(self.weights, gw):
                    W -= eta * g
                for b, g in zip(self.biases, gb):
                    b -= eta * g
            if e % 5 == 0:
                print(e, self.cost(data))


if __name__ == '__main__':
    rng = np.random.default_rng(0)
    data = []
    for _ in range(50):
        x = rng.uniform(-1, 1, (3, 1))
        data.append((x, np.array([[float(x.sum() > 0)]])))
    net = DeepNet(3, 5, 3, 1)
    net.train(data)
