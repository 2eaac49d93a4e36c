import numpy as np

# predicts a single number per row. Help: the net always predicts the mean of y!!

def generate(n=50):
    np.random.seed(12)
    X = np.random.uniform(-1, 1, (n, 3))
    y = X[:, 0] - 2 * X[:, 1] * X[:, 2]
    return X, y

class RegressionNet:
    def __init__(self, n_features, n_hidden):
        self.W = np.random.randn(n_features, n_hidden) * 0.5
        self.b = np.zeros(n_hidden)
        self.V = np.random.randn(n_hidden, 1) * 0.5
        self.c = np.zeros(1)

    def predict(self, X):
        self.X = X
        self.Z = X @ self.W + self.b
        self.H = np.tanh(self.Z)
        return self.H @ self.V + self.c

    def gradients(self, y):
        out = self.H @ self.V + self.c
        n = len(y)
        error = out - y
        delta = 2 * error.sum(axis=1, keepdims=True) / n ** 2
        gV = self.H.T @ delta
        gc = delta.sum(axis=0)
        gZ = delta @ self.V.T * (1 - self.H ** 2)
        gW = self.X.T @ gZ
        gb = gZ.sum(axis=0)
        return gW, gb, gV, gc

    def mse(self, X, y):
        return ((self.predict(X) - y) ** 2).mean()

    def fit(self, X, y, lr=0.1, epochs=200):
        for epoch in range(epochs):
            self.predict(X)
            gW, gb, gV, gc = self.gradients(y)
            self.W -= lr * gW
            self.b -= lr * gb
            self.V -= lr * gV
            self.c -= lr * gc
            if epoch % 50 == 0:
                print(epoch, self.mse(X, y))

X, y = generate()
model = RegressionNet(3, 8)
model.fit(X, y)
