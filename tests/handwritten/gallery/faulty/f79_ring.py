import numpy as np

def train(X, y, n_hidden=16, epochs=20, batch_size=16, lr=0.01,
          beta1=0.9, beta2=0.999, eps=1e-8, seed=0, verbose=True):
    """Binary classifier. X (n, d), y (n,) of zeros and ones.
    tanh hidden layer -> logistic output, binary cross entropy, Adam."""
    rng = np.random.default_rng(seed)
    n, d = X.shape
    y = y.reshape(-1, 1)

    p = [rng.normal(size=(d, n_hidden)) / np.sqrt(d), np.zeros(n_hidden),
         rng.normal(size=(n_hidden, 1)) / np.sqrt(n_hidden), np.zeros(1)]
    m = [np.zeros_like(q) for q in p]
    v = [np.zeros_like(q) for q in p]
    t = 0

    for epoch in range(epochs):
        perm = rng.permutation(n)
        total = 0.0
        for s in range(0, n, batch_size):
            xb, yb = X[perm[s:s+batch_size]], y[perm[s:s+batch_size]]
            k = len(xb)

            # ---- forward
            W, b, w, c = p
            hidden = np.tanh(xb @ W + b)
            prob = 1 / (1 + np.exp(-(hidden @ w + c)))
            total += -np.sum(yb*np.log(prob) + (1-yb)*np.log(1-prob))

            # ---- backward
            dlogit = (prob - yb) / k
            dw = hidden.T @ dlogit
            dc = dlogit.sum(0)
            dpre = dlogit @ w.T * (1 - np.tanh(hidden)**2)
            dW = xb.T @ dpre
            db = dpre.sum(0)
            grads = [dW, db, dw, dc]

            # ---- Adam
            t += 1
            for i in range(4):
                m[i] = beta1 * m[i] + (1 - beta1) * grads[i]
                v[i] = beta2 * v[i] + (1 - beta2) * grads[i]**2
                m_hat = m[i] / (1 - beta1**t)
                v_hat = v[i] / (1 - beta2**t)
                p[i] = p[i] - lr * m_hat / (np.sqrt(v_hat) + eps)
        if verbose and epoch % 5 == 0:
            print('epoch', epoch, 'loss', total / n)
    return p


if __name__ == '__main__':
    rng = np.random.default_rng(8)
    X = rng.normal(size=(100, 2))
    y = (X[:, 0]**2 + X[:, 1]**2 > 1.3).astype(float)
    W, b, w, c = train(X, y)
    pred = (np.tanh(X @ W + b) @ w + c).ravel() > 0
    print('accuracy', np.mean(pred == y))
