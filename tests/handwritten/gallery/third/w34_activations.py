import numpy as np

ACTIVATIONS = {
    'sigmoid': (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    'tanh':    (np.tanh,                        lambda a: a * (1 - a)),
    'relu':    (lambda z: np.maximum(0, z),     lambda a: (a > 0) * 1.0),
    'linear':  (lambda z: z,                    lambda a: np.ones_like(a)),
}

class MLP:
    """
    >>> m = MLP([2, 8, 1], ['tanh', 'sigmoid'])
    """
    def __init__(self, units, activations, seed=None):
        assert len(units) == len(activations) + 1
        rng = np.random.default_rng(seed)
        self.layers = []
        for i, name in enumerate(activations):
            f, df = ACTIVATIONS[name]
            self.layers.append({'W': rng.normal(0, units[i] ** -0.5, (units[i], units[i + 1])),
                                'b': np.zeros(units[i + 1]), 'f': f, 'df': df})

    def forward(self, x):
        for layer in self.layers:
            layer['in'] = x
            x = layer['out'] = layer['f'](x @ layer['W'] + layer['b'])
        return x

    def loss(self, x, y):
        return ((self.forward(x) - y) ** 2).sum() / len(x)

    def backward(self, y):
        d = 2 * (self.layers[-1]['out'] - y) / len(y)
        for layer in reversed(self.layers):
            d = d * layer['df'](layer['out'])
            layer['dW'] = layer['in'].T @ d
            layer['db'] = d.sum(axis=0)
            d = d @ layer['W'].T

    def fit(self, x, y, lr=0.5, epochs=100, verbose=25):
        for e in range(epochs):
            if e % verbose == 0:
                print(e, self.loss(x, y))
            self.forward(x)
            self.backward(y)
            for layer in self.layers:
                layer['W'] -= lr * layer['dW']
                layer['b'] -= lr * layer['db']
        return self

if __name__ == '__main__':
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (100, 2))
    y = (np.hypot(*x.T) < .7).astype(float)[:, None]
    MLP([2, 8, 1], ['tanh', 'sigmoid'], seed=1).fit(x, y)
