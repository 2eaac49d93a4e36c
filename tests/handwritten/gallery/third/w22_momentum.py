import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def mlp_train(X, y, n_hidden=6, lr=0.1, mu=0.9, epochs=60, batch_size=16, seed=0):
    rng = np.random.default_rng(seed)
    n, d = X.shape
    W1 = rng.normal(scale=1 / np.sqrt(d), size=(d, n_hidden))
    b1 = np.zeros((1, n_hidden))
    W2 = rng.normal(scale=1 / np.sqrt(n_hidden), size=(n_hidden, 1))
    b2 = np.zeros((1, 1))
    vW1, vb1, vW2, vb2 = (np.zeros_like(p) for p in (W1, b1, W2, b2))
    hist = []
    for epoch in range(epochs):
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            xb = X[order[start:start + batch_size]]
            yb = y[order[start:start + batch_size]]
            # forward
            a1 = sigmoid(xb @ W1 + b1)
            a2 = sigmoid(a1 @ W2 + b2)
            loss = -np.mean(yb * np.log(a2) + (1 - yb) * np.log(1 - a2))
            # backward
            dz2 = (a2 - yb) / len(xb)
            dW2 = a1.T @ dz2
            db2 = dz2.sum(axis=0, keepdims=True)
            dz1 = (dz2 @ W2.T) * a1
            dW1 = xb.T @ dz1
            db1 = dz1.sum(axis=0, keepdims=True)
            # momentum
            vW1 = mu * vW1 - lr * dW1
            vb1 = mu * vb1 - lr * db1
            vW2 = mu * vW2 - lr * dW2
            vb2 = mu * vb2 - lr * db2
            W1 += vW1
            b1 += vb1
            W2 -= vW2
            b2 += vb2
        hist.append(loss)
    return W1, b1, W2, b2, hist

if __name__ == "__main__":
    rng = np.random.default_rng(5)
    X = rng.normal(size=(96, 2))
    y = (X[:, [0]] * X[:, [1]] > 0).astype(float)
    *_, hist = mlp_train(X, y)
    print(hist[::10])
