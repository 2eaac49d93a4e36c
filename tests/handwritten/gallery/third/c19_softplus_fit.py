import numpy as np

def train(X, y, hidden=8, epochs=200, lr=0.05, batch=10, lam=1e-3, seed=0, verbose=True):
    """Fit y ~ f(X) with one softplus layer. returns (weights, losses)"""
    rng = np.random.RandomState(seed)
    n, d = X.shape
    W = rng.randn(d, hidden) / np.sqrt(d)
    c = np.zeros(hidden)
    v = rng.randn(hidden) / np.sqrt(hidden)    # output weights, a vector
    k = 0.0

    def softplus(t):
        return np.log1p(np.exp(-np.abs(t))) + np.maximum(t, 0)

    def predict(Xb):
        return softplus(Xb @ W + c) @ v + k

    def objective(Xb, yb):
        return np.mean((predict(Xb) - yb) ** 2) + lam * (np.sum(W ** 2) + np.sum(v ** 2))

    losses = []
    for ep in range(epochs):
        p = rng.permutation(n)
        for s in range(0, n, batch):
            Xb, yb = X[p[s:s + batch]], y[p[s:s + batch]]
            pre = Xb @ W + c
            H = softplus(pre)
            r = H @ v + k - yb
            # gradients
            gout = 2.0 * r / len(yb)
            gv = H.T @ gout + 2 * lam * v
            gk = gout.sum()
            gpre = np.outer(gout, v) / (1.0 + np.exp(-pre))
            gW = Xb.T @ gpre + 2 * lam * W
            gc = gpre.sum(axis=0)
            W -= lr * gW; c -= lr * gc; v -= lr * gv; k -= lr * gk
        losses.append(objective(X, y))
        if verbose and ep % 50 == 0:
            print("epoch {:4d}  objective {:.5f}".format(ep, losses[-1]))
    return (W, c, v, k), losses

if __name__ == "__main__":
    rs = np.random.RandomState(1)
    X = rs.uniform(-2, 2, (80, 2))
    y = np.abs(X[:, 0]) + 0.3 * X[:, 1] + 0.05 * rs.randn(80)
    params, losses = train(X, y)
