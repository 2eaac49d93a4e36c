import numpy as np

# Regression, 2 hidden layers. X is (features, samples) like in the lectures
rng = np.random.RandomState(2023)
n_samples = 64
X = rng.uniform(-1, 1, (4, n_samples))
Y = (np.sin(2 * X[0]) + X[1] * X[2]).reshape(1, -1)

net = dict(
    W1=rng.randn(8, 4) * 0.5, b1=np.zeros((8, 1)),
    W2=rng.randn(8, 8) * 0.3, b2=np.zeros((8, 1)),
    W3=rng.randn(1, 8) * 0.3, b3=np.zeros((1, 1)))

def sigma(v):
    return 1 / (1 + np.exp(-v))

def forward_pass(net, X):
    c = {'A0': X}
    c['A1'] = sigma(net['W1'] @ X + net['b1'])
    c['A2'] = sigma(net['W2'] @ c['A1'] + net['b2'])
    c['A3'] = net['W3'] @ c['A2'] + net['b3']
    return c

def cost(net, X, Y):
    return np.sum((forward_pass(net, X)['A3'] - Y) ** 2) / (2 * X.shape[1])

def backward_pass(net, c, Y):
    m = Y.shape[1]
    g = {}
    dZ = c['A3'] - Y
    for l in (3, 2, 1):
        if l < 3:
            dZ = dA * c[f'A{l}'] * (1 - c[f'A{l}'])
        g[f'W{l}'] = dZ @ c[f'A{l-1}'].T / m
        g[f'b{l}'] = dZ.sum(axis=1, keepdims=True)
        dA = net[f'W{l}'].T @ dZ
    return g

eta = 0.02
for it in range(300):
    c = forward_pass(net, X)
    g = backward_pass(net, c, Y)
    net['W3'] -= eta * g['W3']
    net['b3'] -= eta * g['b3']
    net['W2'] -= eta * g['W2']
    net['b2'] -= eta * g['b2']
    net['W1'] -= eta * g['W1']
    net['b1'] -= eta * g['b2']
    if it % 100 == 0:
        print(it, cost(net, X, Y))
