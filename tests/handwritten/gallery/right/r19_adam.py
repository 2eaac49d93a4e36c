import numpy as np


def lrelu(x, a=0.01):
    return np.where(x >= 0, x, a * x)


def lrelu_grad(x, a=0.01):
    return np.where(x >= 0, 1.0, a)


def fit(X, y, hidden=(32, 16), epochs=100, batch=20, alpha=3e-3, beta1=0.9, beta2=0.999, eps=1e-8, seed=0):
    """Regression network trained with Adam. Loss: (1/2N) sum ||f(x)-y||^2.
    Returns list of [W, b]."""
    rng = np.random.default_rng(seed)
    dims = [X.shape[1], *hidden, y.shape[1]]
    theta = []
    for i, o in zip(dims, dims[1:]):
        theta += [rng.normal(scale=np.sqrt(2 / i), size=(i, o)), np.zeros(o)]
    m = [np.zeros_like(p) for p in theta]
    v = [np.zeros_like(p) for p in theta]
    t = 0
    L = len(dims) - 1

    for ep in range(epochs):
        perm = rng.permutation(len(X))
        loss_sum = 0
        for j in range(0, len(X), batch):
            xb = X[perm[j:j + batch]]
            yb = y[perm[j:j + batch]]

            acts, pre = [xb], []
            for l in range(L):
                W, b = theta[2 * l], theta[2 * l + 1]
                z = acts[-1] @ W + b
                pre.append(z)
                acts.append(lrelu(z) if l < L - 1 else z)

            diff = acts[-1] - yb
            loss_sum += 0.5 * (diff ** 2).sum()

            grad = [None] * len(theta)
            delta = diff / len(xb)
            for l in range(L - 1, -1, -1):
                grad[2 * l] = acts[l].T @ delta
                grad[2 * l + 1] = delta.sum(axis=0)
                if l > 0:
                    delta = (delta @ theta[2 * l].T) * lrelu_grad(pre[l - 1])

            t += 1
            for k in range(len(theta)):
                m[k] = beta1 * m[k] + (1 - beta1) * grad[k]
                v[k] = beta2 * v[k] + (1 - beta2) * grad[k] ** 2
                mh = m[k] / (1 - beta1 ** t)
                vh = v[k] / (1 - beta2 ** t)
                theta[k] = theta[k] - alpha * mh / (np.sqrt(vh) + eps)
        if ep % 20 == 0:
            print(f'{ep:4d}  {loss_sum / len(X):.5f}')
    return [theta[i:i + 2] for i in range(0, len(theta), 2)]


def predict(model, X):
    a = X
    for W, b in model[:-1]:
        a = lrelu(a @ W + b)
    W, b = model[-1]
    return a @ W + b


if __name__ == '__main__':
    rng = np.random.default_rng(1)
    X = rng.uniform(-1, 1, (300, 3))
    y = np.c_[X[:, 0] ** 2 + X[:, 1], np.cos(3 * X[:, 2])]
    model = fit(X, y)
    print('rmse', np.sqrt(np.mean((predict(model, X) - y) ** 2)))
