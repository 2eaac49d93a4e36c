import numpy as np

# 2-layer MLP. Rows are examples everywhere.

def relu(z):
    return np.maximum(z, 0)

def softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)

def one_hot(y, k):
    out = np.zeros((y.size, k))
    out[np.arange(y.size), y] = 1
    return out

def init(n_in, n_hid, n_out, seed=0):
    rng = np.random.default_rng(seed)
    w1 = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_hid))
    w2 = rng.normal(0, np.sqrt(2 / n_hid), (n_hid, n_out))
    return w1, np.zeros(n_hid), w2, np.zeros(n_out)

def forward(params, x):
    w1, b1, w2, b2 = params
    z1 = x @ w1 + b1
    a1 = relu(z1)
    z2 = a1 @ w2 + b2
    return z1, a1, softmax(z2)

def cross_entropy(p, t):
    return -np.mean(np.sum(t * np.log(p + 1e-12), axis=1))

def gradients(params, x, t):
    """returns (dw1, db1, dw2, db2)"""
    w1, b1, w2, b2 = params
    z1, a1, p = forward(params, x)
    n = x.shape[0]
    d2 = (p - t) / n
    dw2 = a1.T @ d2
    db2 = d2.sum(axis=0)
    d1 = d2 @ w2.T
    d1[z1 <= 0] = 0
    dw1 = x.T @ d1
    db1 = d1.sum(axis=0)
    return dw1, db1, dw2, db2

def step(params, grads, lr):
    return tuple(p - lr * g for p, g in zip(params, grads))

def accuracy(params, x, y):
    return (forward(params, x)[-1].argmax(axis=1) == y).mean()

def main():
    rng = np.random.default_rng(42)
    mu = np.array([[0, 0], [2.5, 0], [0, 2.5], [2.5, 2.5]])
    y = rng.integers(0, 4, size=300)
    x = mu[y] + rng.normal(0, .5, size=(300, 2))
    t = one_hot(y, 4)
    params = init(2, 16, 4)
    for epoch in range(500):
        grads = gradients(params, x, t)
        params = step(params, grads, 0.5)
        if epoch % 100 == 0:
            print(epoch, cross_entropy(forward(params, x)[-1], t), accuracy(params, x, y))
    print("final acc", accuracy(params, x, y))

if __name__ == "__main__":
    main()
