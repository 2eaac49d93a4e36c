import numpy as np

rng = np.random.RandomState(1234)


class Layer:
    params = []
    grads = []

    def forward(self, x):
        raise NotImplementedError

    def backward(self, dout):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.W = rng.randn(n_in, n_out) * np.sqrt(2. / n_in)
        self.b = np.zeros((1, n_out))
        self.params = [self.W, self.b]

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = np.sum(dout, axis=0, keepdims=True)
        self.grads = [self.dW, self.db]
        return dout @ self.W.T


class LeakyReLU(Layer):
    def __init__(self, alpha=0.1):
        self.alpha = alpha

    def forward(self, x):
        self.mask = x > 0
        return np.where(self.mask, x, self.alpha * x)

    def backward(self, dout):
        return np.where(self.mask, dout, 0)


class SoftmaxCrossEntropy:
    def forward(self, logits, y):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.y = y
        return -np.mean(np.log(self.p[np.arange(len(y)), y]))

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(self.y)), self.y] -= 1
        return d / len(self.y)


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


class MomentumSGD:
    def __init__(self, model, lr=0.05, mu=0.9):
        self.model, self.lr, self.mu = model, lr, mu
        self.v = [[np.zeros_like(p) for p in l.params] for l in model.layers]

    def step(self):
        for l, vs in zip(self.model.layers, self.v):
            for i, (p, g) in enumerate(zip(l.params, l.grads)):
                vs[i] = self.mu * vs[i] - self.lr * g
                p += vs[i]


def main():
    X = rng.randn(90, 2)
    y = (np.hypot(X[:, 0], X[:, 1]) > 1).astype(int) + (X[:, 0] > 1.2)
    model = Sequential(Dense(2, 8), LeakyReLU(), Dense(8, 8), LeakyReLU(), Dense(8, 3))
    criterion = SoftmaxCrossEntropy()
    opt = MomentumSGD(model)
    for epoch in range(100):
        loss = criterion.forward(model.forward(X), y)
        model.backward(criterion.backward())
        opt.step()
        if epoch % 25 == 0:
            print(f'epoch {epoch:3d}  loss {loss:.4f}')
    acc = (model.forward(X).argmax(1) == y).mean()
    print('acc', acc)


if __name__ == '__main__':
    main()
