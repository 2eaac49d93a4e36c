import numpy as np


class NeuralNet:
    """One hidden layer (tanh), linear output, mean squared error."""

    def __init__(self, D, H, O=1, lr=0.05):
        r = np.random.RandomState(123)
        self.W1 = r.uniform(-1, 1, size=(D, H)) / np.sqrt(D)
        self.b1 = np.zeros((1, H))
        self.W2 = r.uniform(-1, 1, size=(H, O)) / np.sqrt(H)
        self.b2 = np.zeros((1, O))
        self.lr = lr

    def forward(self, X):
        self.X = X
        self.z1 = X.dot(self.W1) + self.b1
        self.a1 = np.tanh(self.z1)
        self.yhat = self.a1.dot(self.W2) + self.b2
        return self.yhat

    def loss(self, y):
        return np.mean((self.yhat - y) ** 2)

    def backward(self, y):
        # dL/dyhat for L = mean over all entries of (yhat - y)^2
        dyhat = 2.0 * (self.yhat - y) / y.size
        self.dW2 = self.a1.T.dot(dyhat)
        self.db2 = dyhat.sum(axis=0, keepdims=True)
        da1 = dyhat.dot(self.W2.T)
        dz1 = da1 * (1 - np.tanh(self.z1) ** 2)
        self.dW1 = self.X.T.dot(dz1)
        self.db1 = dz1.sum(axis=0, keepdims=True)

    def update(self):
        for name in ('W1', 'b1', 'W2', 'b2'):
            p = getattr(self, name)
            g = getattr(self, 'd' + name)
            setattr(self, name, p - self.lr * g)

    def train(self, X, y, n_epochs=1000, verbose=True):
        history = []
        for e in range(n_epochs):
            self.forward(X)
            history.append(self.loss(y))
            self.backward(y)
            self.update()
            if verbose and e % (n_epochs // 10) == 0:
                print('epoch {:5d}  mse {:.6f}'.format(e, history[-1]))
        return history


if __name__ == '__main__':
    rs = np.random.RandomState(0)
    X = rs.uniform(-2, 2, size=(150, 2))
    y = np.stack([np.sin(X[:, 0]) * X[:, 1], X[:, 0] - 0.3 * X[:, 1] ** 2], axis=1)
    net = NeuralNet(2, 20, 2, lr=0.1)
    net.train(X, y, 2000)
