import numpy as np

class BinaryCrossEntropy:
    @staticmethod
    def fn(a, y):
        return np.sum(np.nan_to_num(-y * np.log(a) - (1 - y) * np.log(1 - a)))

    @staticmethod
    def grad(a, y):
        return -(y / a + (1 - y) / (1 - a))

class Quadratic:
    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y) ** 2

    @staticmethod
    def grad(a, y):
        return a - y

class Sigmoid:
    @staticmethod
    def fn(z): return 1.0 / (1.0 + np.exp(-z))
    @staticmethod
    def prime(z):
        s = Sigmoid.fn(z)
        return s * (1 - s)

class MultiLayer:
    def __init__(self, shape, cost=BinaryCrossEntropy, act=Sigmoid, seed=None):
        rng = np.random.RandomState(seed)
        self.cost, self.act = cost, act
        self.w = [rng.randn(m, n) / np.sqrt(n) for n, m in zip(shape, shape[1:])]
        self.b = [rng.randn(m, 1) for m in shape[1:]]

    def activations(self, x):
        z, a = [None], [x]
        for w, b in zip(self.w, self.b):
            z.append(np.dot(w, a[-1]) + b)
            a.append(self.act.fn(z[-1]))
        return z, a

    def gradient(self, x, y):
        z, a = self.activations(x)
        grad_w, grad_b = [0] * len(self.w), [0] * len(self.b)
        d = self.cost.grad(a[-1], y)
        for l in range(len(self.w), 0, -1):
            d = d * self.act.prime(z[l])
            grad_w[l - 1] = np.dot(d, a[l - 1].T)
            grad_b[l - 1] = d
            d = np.dot(self.w[l - 1].T, d)
        return grad_w, grad_b

    def learn(self, data, rate, epochs):
        for k in range(epochs):
            for x, y in data:
                gw, gb = self.gradient(x, y)
                self.w = [w - rate * g for w, g in zip(self.w, gw)]
                self.b = [b - rate * g for b, g in zip(self.b, gb)]

    def total(self, data):
        return sum(self.cost.fn(self.activations(x)[1][-1], y) for x, y in data)

if __name__ == '__main__':
    AND_OR = [(np.array([[a], [b]], float), np.array([[a & b], [a | b]], float)) for a in (0, 1) for b in (0, 1)]
    net = MultiLayer([2, 3, 2], seed=6)
    print('before', net.total(AND_OR))
    net.learn(AND_OR, 0.02, 30)
    print('after', net.total(AND_OR))
