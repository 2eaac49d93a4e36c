"""
Kaggle starter: 3 layer net with dropout, numpy only.
Put train.csv in ./data first.
"""
import numpy as np

KEEP = 0.8
LR = 0.05
EPOCHS = 20
BATCH = 32


def relu(x): return x * (x > 0)


def softmax(x):
    x = x - np.max(x, axis=-1, keepdims=True)
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)


def init(n_in, n1, n2, n_out):
    he = lambda a, b: np.random.randn(a, b) * np.sqrt(2.0 / a)
    return [he(n_in, n1), np.zeros(n1), he(n1, n2), np.zeros(n2), he(n2, n_out), np.zeros(n_out)]


def forward(X, weights, masks=None):
    w1, b1, w2, b2, w3, b3 = weights
    h1 = relu(X @ w1 + b1)
    if masks is not None: h1 = h1 * masks[0]
    h2 = relu(h1 @ w2 + b2)
    if masks is not None: h2 = h2 * masks[1]
    return h1, h2, softmax(h2 @ w3 + b3)


def make_masks(n, weights):
    # inverted dropout
    return [(np.random.rand(n, weights[i].shape[1]) < KEEP) / KEEP for i in (0, 2)]


def cross_entropy(p, T):
    return -np.sum(T * np.log(p)) / len(T)


def backward(X, T, weights, masks):
    w1, b1, w2, b2, w3, b3 = weights
    h1, h2, p = forward(X, weights, masks)
    g3 = (p - T) / len(X)
    g2 = (g3 @ w3.T) * masks[1] * (h2 > 0)
    g1 = (g2 @ w2.T) * masks[0] * (h1 > 0)
    return [X.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)]


def main():
    data = np.loadtxt('data/train.csv', delimiter=',', skiprows=1)
    X, labels = data[:, 1:] / 255.0, data[:, 0].astype(int)
    T = np.eye(10)[labels]
    weights = init(X.shape[1], 128, 64, 10)
    for epoch in range(EPOCHS):
        order = np.random.permutation(len(X))
        for s in range(0, len(X), BATCH):
            i = order[s:s + BATCH]
            gs = backward(X[i], T[i], weights, make_masks(len(i), weights))
            for w, g in zip(weights, gs):
                w -= LR * g
        p = forward(X, weights)[-1]
        print(epoch, cross_entropy(p, T), (p.argmax(1) == labels).mean())


if __name__ == '__main__':
    main()
