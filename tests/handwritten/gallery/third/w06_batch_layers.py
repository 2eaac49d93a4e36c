import numpy as np


class Linear:
    def __init__(self, nin, nout):
        self.W = np.random.randn(nin, nout) * np.sqrt(2. / nin)
        self.b = np.zeros(nout)

    def __call__(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.gW = self.x.T @ grad
        self.gb = np.sum(grad)
        return grad @ self.W.T

    def parameters(self):
        yield 'W'
        yield 'b'


class ReLU:
    def __call__(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask

    def parameters(self):
        return ()


class MSELoss:
    def __call__(self, pred, target):
        self.diff = pred - target
        return np.mean(self.diff ** 2)

    def backward(self):
        return 2 * self.diff / self.diff.size


class Model:
    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for l in self.layers:
            x = l(x)
        return x

    def backward(self, g):
        for l in self.layers[::-1]:
            g = l.backward(g)

    def step(self, lr):
        for l in self.layers:
            for name in l.parameters():
                p = getattr(l, name)
                setattr(l, name, p - lr * getattr(l, 'g' + name))


if __name__ == '__main__':
    np.random.seed(0)
    X = np.random.rand(64, 3)
    T = np.stack([X.sum(1), X[:, 0] * X[:, 1]], axis=1)
    model, loss = Model(Linear(3, 16), ReLU(), Linear(16, 2)), MSELoss()
    for i in range(200):
        L = loss(model(X), T)
        model.backward(loss.backward())
        model.step(0.01)
        if i % 50 == 0:
            print(f'{i:4d} {L:.5f}')
