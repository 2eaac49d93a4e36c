"""
simple feed forward net with minibatches
usage: python w10_minibatch_net.py
"""
import numpy as np


class Net:

    def __init__(self, dims, lr=0.1, batch=8):
        np.random.seed(21)
        self.dims = dims
        self.lr = lr
        self.batch = batch
        self.W = []
        self.B = []
        for i in range(1, len(dims)):
            self.W.append(np.random.randn(dims[i - 1], dims[i]) / np.sqrt(dims[i - 1]))
            self.B.append(np.zeros(dims[i]))
        self.zero_grad()

    def zero_grad(self):
        self.dW = [np.zeros_like(w) for w in self.W]
        self.dB = [np.zeros_like(b) for b in self.B]

    def forward(self, x):
        self.acts = [x]
        for w, b in zip(self.W, self.B):
            x = np.tanh(np.dot(x, w) + b)
            self.acts.append(x)
        return x

    def backward(self, target):
        # one sample; gradients are accumulated in self.dW / self.dB
        out = self.acts[-1]
        delta = (out - target) * (1 - out ** 2)
        for i in range(len(self.W) - 1, -1, -1):
            self.dW[i] += np.outer(self.acts[i], delta)
            self.dB[i] += delta
            delta = np.dot(self.W[i], delta) * (1 - self.acts[i] ** 2)

    def step(self, n):
        for i in range(len(self.W)):
            self.W[i] -= self.lr * self.dW[i] / n
            self.B[i] -= self.lr * self.dB[i] / n

    def fit(self, X, T, epochs):
        for epoch in range(epochs):
            self.zero_grad()
            for s in range(0, len(X), self.batch):
                xb, tb = X[s:s + self.batch], T[s:s + self.batch]
                for x, t in zip(xb, tb):
                    self.forward(x)
                    self.backward(t)
                self.step(len(xb))
            if epoch % 10 == 0:
                print('epoch %3d  mse %.5f' % (epoch, self.mse(X, T)))

    def mse(self, X, T):
        return 0.5 * np.mean([np.sum((self.forward(x) - t) ** 2) for x, t in zip(X, T)])


if __name__ == '__main__':
    X = np.random.RandomState(1).uniform(-1, 1, (48, 2))
    T = np.sin(X[:, :1]) * X[:, 1:]
    Net([2, 6, 1]).fit(X, T, 31)
