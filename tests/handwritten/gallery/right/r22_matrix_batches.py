import numpy as np

class Network:
    """
    Same idea as the book's network but a whole mini batch goes through at once:
    X has one example per column. Hidden layers are softplus, output is sigmoid.
    """
    def __init__(self, sizes, rng=None):
        rng = rng or np.random.RandomState(0)
        self.L = len(sizes)
        self.b = [rng.randn(n, 1) * 0.1 for n in sizes[1:]]
        self.w = [rng.randn(n, m) / np.sqrt(m) for m, n in zip(sizes, sizes[1:])]

    def feedforward(self, a):
        for l, (w, b) in enumerate(zip(self.w, self.b)):
            z = w @ a + b
            a = sigma(z) if l == self.L - 2 else softplus(z)
        return a

    def backprop(self, X, Y):
        m = X.shape[1]
        As, Zs = [X], []
        for l, (w, b) in enumerate(zip(self.w, self.b)):
            Zs.append(w @ As[-1] + b)
            As.append(sigma(Zs[-1]) if l == self.L - 2 else softplus(Zs[-1]))
        nabla_w = [None] * (self.L - 1)
        nabla_b = [None] * (self.L - 1)
        # quadratic cost C = 1/(2m) sum |a - y|^2
        delta = (As[-1] - Y) * As[-1] * (1 - As[-1])
        for l in range(self.L - 2, -1, -1):
            nabla_w[l] = delta @ As[l].T / m
            nabla_b[l] = delta.mean(axis=1, keepdims=True)
            if l:
                # softplus' is the logistic function
                delta = (self.w[l].T @ delta) * sigma(Zs[l - 1])
        return nabla_b, nabla_w

    def cost(self, X, Y):
        return 0.5 * np.sum((self.feedforward(X) - Y) ** 2) / X.shape[1]

    def SGD(self, X, Y, epochs, size, eta):
        n = X.shape[1]
        for j in range(epochs):
            p = np.random.permutation(n)
            for k in range(0, n, size):
                cols = p[k:k + size]
                nb, nw = self.backprop(X[:, cols], Y[:, cols])
                for l in range(self.L - 1):
                    self.w[l] -= eta * nw[l]
                    self.b[l] -= eta * nb[l]
            if j % 10 == 9:
                print("epoch", j + 1, "cost", self.cost(X, Y))


def sigma(z):
    return 1 / (1 + np.exp(-z))

def softplus(z):
    return np.log1p(np.exp(z))


if __name__ == "__main__":
    np.random.seed(3)
    X = np.random.uniform(-1, 1, (2, 250))
    Y = np.vstack([(X[0] > X[1]), (X[0] ** 2 + X[1] ** 2 < 0.5)]).astype(float)
    net = Network([2, 8, 6, 2])
    net.SGD(X, Y, 50, 10, 2.0)
