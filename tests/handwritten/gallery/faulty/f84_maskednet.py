import numpy as np

# 3-layer net, ELU-free: tanh / tanh / sigmoid, inverted dropout after both hidden layers + L2

class Net:
    def __init__(self, dims=(4, 8, 6, 1), keep=0.8, lam=0.01, seed=11):
        self.rng = np.random.RandomState(seed)
        self.keep = keep
        self.lam = lam
        self.W = {}
        self.b = {}
        for i in (1, 2, 3):
            self.W[i] = self.rng.randn(dims[i-1], dims[i]) / np.sqrt(dims[i-1])
            self.b[i] = np.zeros((1, dims[i]))

    def sample_masks(self, n):
        self.M1 = (self.rng.rand(n, self.W[1].shape[1]) < self.keep) / self.keep
        self.M2 = (self.rng.rand(n, self.W[2].shape[1]) < self.keep) / self.keep

    def forward(self, X):
        self.X = X
        self.H1 = np.tanh(X @ self.W[1] + self.b[1])
        self.D1 = self.H1 * self.M1
        self.H2 = np.tanh(self.D1 @ self.W[2] + self.b[2])
        self.D2 = self.H2 * self.M2
        self.P = 1 / (1 + np.exp(-(self.D2 @ self.W[3] + self.b[3])))
        return self.P

    def cost(self, y):
        ce = -(y * np.log(self.P) + (1 - y) * np.log(1 - self.P)).mean()
        l2 = self.lam / 2 * sum((w ** 2).sum() for w in self.W.values())
        return ce + l2

    def backward(self, y):
        dW, db = {}, {}
        g = (self.P - y) / len(y)
        dW[3] = self.D2.T @ g + self.lam * self.W[3]
        db[3] = g.sum(axis=0, keepdims=True)
        g = g @ self.W[3].T
        g = g * self.M2
        g = g * (1 - self.H2 ** 2)
        dW[2] = self.D1.T @ g + self.lam * self.W[2]
        db[2] = g.sum(axis=0, keepdims=True)
        g = g @ self.W[2].T
        g = g * (1 - self.H1 ** 2)
        dW[1] = self.X.T @ g + self.lam * self.W[1]
        db[1] = g.sum(axis=0, keepdims=True)
        return dW, db

    def fit(self, X, y, steps=300, eta=0.3):
        self.sample_masks(len(X))
        for s in range(steps):
            self.forward(X)
            dW, db = self.backward(y)
            for i in (1, 2, 3):
                self.W[i] -= eta * dW[i]
                self.b[i] -= eta * db[i]
            if s % 100 == 0:
                print("step", s, "cost", self.cost(y))


if __name__ == "__main__":
    r = np.random.RandomState(2)
    X = r.randn(40, 4)
    y = (X[:, :1] * X[:, 1:2] > X[:, 2:3]).astype(float)
    Net().fit(X, y)
