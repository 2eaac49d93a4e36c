import numpy as np

ACT = {
    'sigmoid': (lambda z: 1/(1+np.exp(-z)), lambda z: np.exp(-z)/(1+np.exp(-z))**2),
    'tanh':    (np.tanh,                    lambda z: 1/np.cosh(z)**2),
    'relu':    (lambda z: z*(z > 0),        lambda z: 1.0*(z > 0)),
    'linear':  (lambda z: z,                lambda z: np.ones_like(z)),
}


class NeuralNet:
    """Fully connected net of any depth; examples in rows.

    spec: list of (units, activation), first entry is (n_inputs, None)
    """

    def __init__(self, spec, rng=None):
        rng = rng or np.random.default_rng()
        self.L = len(spec) - 1
        self.weights, self.biases, self.f, self.fprime = [], [], [], []
        for (n_in, _), (n_out, act) in zip(spec, spec[1:]):
            self.weights.append(rng.standard_normal((n_in, n_out)) / np.sqrt(n_in))
            self.biases.append(rng.standard_normal((1, n_out)) * 0.1)
            self.f.append(ACT[act][0])
            self.fprime.append(ACT[act][1])
        self.vel_w = [np.zeros_like(w) for w in self.weights]
        self.vel_b = [np.zeros_like(b) for b in self.biases]

    def _forward(self, X):
        self.inputs, self.pre = [X], []
        for k in range(self.L):
            self.pre.append(self.inputs[k] @ self.weights[k] + self.biases[k])
            self.inputs.append(self.f[k](self.pre[k]))
        return self.inputs[-1]

    def predict(self, X):
        return self._forward(X)

    def loss(self, X, T):
        return 0.5*np.sum((self._forward(X) - T)**2)/len(X)

    def _backward(self, T):
        grad_w = [np.zeros_like(w) for w in self.weights]
        grad_b = [np.zeros_like(b) for b in self.biases]
        delta = (self.inputs[-1] - T)/len(T) * self.fprime[-1](self.pre[-1])
        for k in range(self.L - 1, 0, -1):
            grad_w[k] = self.inputs[k].T @ delta
            grad_b[k] = delta.sum(axis=0, keepdims=True)
            delta = (delta @ self.weights[k].T) * self.fprime[k-1](self.pre[k-1])
        return grad_w, grad_b

    def fit(self, X, T, epochs=100, eta=0.1, mu=0.5):
        hist = []
        for _ in range(epochs):
            self._forward(X)
            gw, gb = self._backward(T)
            for k in range(self.L):
                self.vel_w[k] = mu*self.vel_w[k] - eta*gw[k]
                self.vel_b[k] = mu*self.vel_b[k] - eta*gb[k]
                self.weights[k] = self.weights[k] + self.vel_w[k]
                self.biases[k] = self.biases[k] + self.vel_b[k]
            hist.append(self.loss(X, T))
        return hist


if __name__ == '__main__':
    g = np.random.default_rng(77)
    X = g.uniform(-1, 1, (40, 2))
    T = np.c_[X[:, 0]*X[:, 1], np.sin(2*X[:, 0])]
    net = NeuralNet([(2, None), (6, 'tanh'), (6, 'sigmoid'), (6, 'tanh'), (2, 'linear')], g)
    h = net.fit(X, T, 150)
    print('loss %.5f -> %.5f' % (h[0], h[-1]))
