"""
Small layer library + batch normalization, trained on a 3-class toy problem.

layout: (batch, features)
"""
import numpy as np

rng = np.random.default_rng(2024)


class Affine:
    def __init__(self, fan_in, fan_out):
        self.params = {'w': rng.standard_normal((fan_in, fan_out)) * (1.0 / fan_in) ** 0.5,
                       'b': np.zeros((1, fan_out))}
        self.grads = {}

    def forward(self, x, train=True):
        self.cache = x
        return x.dot(self.params['w']) + self.params['b']

    def backward(self, dout):
        x = self.cache
        self.grads['w'] = x.T.dot(dout)
        self.grads['b'] = np.sum(dout, axis=0, keepdims=True)
        return dout.dot(self.params['w'].T)


class BatchNorm:
    def __init__(self, dim, eps=1e-5, momentum=0.9):
        self.params = {'gamma': np.ones((1, dim)), 'beta': np.zeros((1, dim))}
        self.grads = {}
        self.eps, self.momentum = eps, momentum
        self.run_mean = np.zeros((1, dim))
        self.run_var = np.ones((1, dim))

    def forward(self, x, train=True):
        if not train:
            xn = (x - self.run_mean) / np.sqrt(self.run_var + self.eps)
            return self.params['gamma'] * xn + self.params['beta']
        mean = x.mean(axis=0, keepdims=True)
        var = x.var(axis=0, keepdims=True)
        self.run_mean = self.momentum * self.run_mean + (1 - self.momentum) * mean
        self.run_var = self.momentum * self.run_var + (1 - self.momentum) * var
        inv_std = 1.0 / np.sqrt(var + self.eps)
        xn = (x - mean) * inv_std
        self.cache = (xn, inv_std)
        return self.params['gamma'] * xn + self.params['beta']

    def backward(self, dout):
        xn, inv_std = self.cache
        m = dout.shape[0]
        self.grads['gamma'] = np.sum(dout * xn, axis=0, keepdims=True)
        self.grads['beta'] = np.sum(dout, axis=0, keepdims=True)
        dxn = dout * self.params['gamma']
        return inv_std / m * (m * dxn - dxn.sum(axis=0, keepdims=True)
                              - xn * (dxn * xn).sum(axis=0, keepdims=True))


class LeakyReLU:
    params, grads = {}, {}

    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x, train=True):
        self.cache = x
        return np.where(x > 0, x, self.slope * x)

    def backward(self, dout):
        return dout * np.where(self.cache > 0, 1.0, self.slope)


def softmax_loss(logits, y):
    logits = logits - logits.max(axis=1, keepdims=True)
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    n = len(y)
    loss = -logp[np.arange(n), y].mean()
    dx = np.exp(logp)
    dx[np.arange(n), y] -= 1
    return loss, dx / n


class Net:
    def __init__(self):
        self.layers = [Affine(3, 10), BatchNorm(10), LeakyReLU(), Affine(10, 8),
                       BatchNorm(8), LeakyReLU(), Affine(8, 3)]

    def forward(self, x, train=True):
        for l in self.layers:
            x = l.forward(x, train)
        return x

    def loss(self, x, y):
        loss, d = softmax_loss(self.forward(x), y)
        for l in self.layers[::-1]:
            d = l.backward(d)
        return loss

    def step(self, lr):
        for l in self.layers:
            for k in l.params:
                l.params[k] -= lr * l.grads[k]


if __name__ == '__main__':
    N = 300
    X = rng.standard_normal((N, 3))
    radius = np.linalg.norm(X, axis=1)
    Y = np.digitize(radius, [1.2, 1.9])
    net = Net()
    for epoch in range(80):
        p = rng.permutation(N)
        ls = []
        for k in range(0, N, 50):
            b = p[k:k + 50]
            ls.append(net.loss(X[b], Y[b]))
            net.step(0.2)
        if (epoch + 1) % 20 == 0:
            acc = np.mean(net.forward(X, train=False).argmax(1) == Y)
            print('epoch %d   loss %.4f   eval acc %.3f' % (epoch + 1, np.mean(ls), acc))
