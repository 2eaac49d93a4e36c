import numpy as np


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError

    def params(self):
        return []


class Dense(Layer):
    def __init__(self, n_in, n_out):
        limit = np.sqrt(6 / (n_in + n_out))
        self.W = np.random.uniform(-limit, limit, (n_in, n_out))
        self.b = np.zeros(n_out)
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0)
        return grad @ self.W.T

    def params(self):
        return [(self.W, 'dW'), (self.b, 'db')]


class ReLU(Layer):
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


class Sigmoid(Layer):
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class SoftmaxCrossEntropy:
    def forward(self, logits, labels):
        z = logits - logits.max(1, keepdims=True)
        e = np.exp(z)
        self.p = e / e.sum(1, keepdims=True)
        self.labels = labels
        return -np.log(self.p[np.arange(len(labels)), labels]).mean()

    def backward(self):
        g = self.p.copy()
        g[np.arange(len(self.labels)), self.labels] -= 1
        return g / len(self.labels)


class Sequential:
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class SGD:
    def __init__(self, model, lr):
        self.model, self.lr = model, lr

    def step(self):
        for layer in self.model.layers:
            for p, gname in layer.params():
                p -= self.lr * getattr(layer, gname)


if __name__ == "__main__":
    np.random.seed(11)
    n = 240
    y = np.random.randint(0, 3, n)
    X = np.random.randn(n, 5) * 0.7
    X[:, 0] += y
    X[:, 1] -= (y == 1) * 2

    model = Sequential(Dense(5, 12), ReLU(), Dense(12, 8), Sigmoid(), Dense(8, 3))
    criterion = SoftmaxCrossEntropy()
    opt = SGD(model, lr=0.3)

    for epoch in range(300):
        perm = np.random.permutation(n)
        total = 0
        for i in range(0, n, 40):
            idx = perm[i:i + 40]
            loss = criterion.forward(model.forward(X[idx]), y[idx])
            model.backward(criterion.backward())
            opt.step()
            total += loss * len(idx)
        if epoch % 50 == 0:
            print(f"epoch {epoch:3d} loss {total / n:.4f}")
    print("accuracy:", (model.forward(X).argmax(1) == y).mean())
