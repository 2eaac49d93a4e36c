import numpy as np

def init(n_in, n_hidden, n_out, rng):
    W1 = rng.normal(0, 1/np.sqrt(n_in), (n_in, n_hidden))
    b1 = np.zeros(n_hidden)
    W2 = rng.normal(0, 1/np.sqrt(n_hidden), (n_hidden, n_out))
    b2 = np.zeros(n_out)
    return W1, b1, W2, b2

def relu(v):
    return np.maximum(v, 0)

def forward(X, W1, b1, W2, b2):
    h_in = X @ W1 + b1
    h = relu(h_in)
    out = h @ W2 + b2
    return h_in, h, out

def mse(pred, target):
    return np.mean((pred - target) ** 2)

def gradients(X, y, W1, b1, W2, b2):
    """Gradients of mse(forward(X), y). X is (n, d), y is (n, 1)."""
    n = X.shape[0]
    h_in, h, out = forward(X, W1, b1, W2, b2)
    d_out = 2 * (out - y) / n
    g_W2 = h.T @ d_out
    g_b2 = d_out.sum(axis=0)
    d_h = d_out @ W2.T
    d_h_in = d_h * (h_in > 0)
    g_W1 = X.T @ d_h_in
    g_b1 = d_h_in.sum(axis=1)
    return g_W1, g_b1, g_W2, g_b2

def fit(X, y, n_hidden=10, lr=0.05, steps=500, seed=0):
    rng = np.random.default_rng(seed)
    W1, b1, W2, b2 = init(X.shape[1], n_hidden, 1, rng)
    history = []
    for step in range(steps):
        g_W1, g_b1, g_W2, g_b2 = gradients(X, y, W1, b1, W2, b2)
        W1 = W1 - lr * g_W1
        b1 = b1 - lr * g_b1
        W2 = W2 - lr * g_W2
        b2 = b2 - lr * g_b2
        history.append(mse(forward(X, W1, b1, W2, b2)[2], y))
    return (W1, b1, W2, b2), history

if __name__ == "__main__":
    rng = np.random.default_rng(42)
    X = rng.uniform(-2, 2, size=(10, 3))
    y = (np.abs(X[:, 0]) - 0.5 * X[:, 1] * X[:, 2]).reshape(-1, 1)
    params, hist = fit(X, y)
    print("first", round(hist[0], 4), "last", round(hist[-1], 4))
