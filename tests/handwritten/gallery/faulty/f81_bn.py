"""affine - batchnorm - relu - affine - softmax (training mode only)"""
import numpy as np

EPS = 1e-5


def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.sum(axis=0)
    return dx, dw, db


def batchnorm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    ivar = 1. / np.sqrt(var + EPS)
    xhat = (x - mu) * ivar
    out = gamma * xhat + beta
    return out, (x, mu, ivar, xhat, gamma)


def batchnorm_backward(dout, cache):
    x, mu, ivar, xhat, gamma = cache
    N = x.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * ivar**3
    dmu = -np.sum(dxhat * ivar, axis=0) + dvar * np.mean(-2. * (x - mu), axis=0)
    dx = dxhat * ivar + dvar * 2. * (x - mu) / N + dmu / N
    return dx, dgamma, dbeta


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, x):
    return dout * (x > 0)


def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.log(p[np.arange(N), y]).sum() / N
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N


def init_params(d, h, c, seed=0):
    r = np.random.RandomState(seed)
    return {'W1': r.randn(d, h) * .5, 'b1': np.zeros(h),
            'gamma': r.uniform(0.5, 1.5, h), 'beta': 0.1 * r.randn(h),
            'W2': r.randn(h, c) * .5, 'b2': np.zeros(c)}


def loss_and_grads(P, X, y):
    a, c1 = affine_forward(X, P['W1'], P['b1'])
    n, c2 = batchnorm_forward(a, P['gamma'], P['beta'])
    r, c3 = relu_forward(n)
    s, c4 = affine_forward(r, P['W2'], P['b2'])
    loss, ds = softmax_loss(s, y)
    G = {}
    dr, G['W2'], G['b2'] = affine_backward(ds, c4)
    dn = relu_backward(dr, c3)
    da, G['gamma'], G['beta'] = batchnorm_backward(dn, c2)
    _, G['W1'], G['b1'] = affine_backward(da, c1)
    return loss, G


def sgd(P, X, y, lr=0.2, batch=25, epochs=15):
    r = np.random.RandomState(1)
    for ep in range(epochs):
        order = r.permutation(len(X))
        for i in range(0, len(X), batch):
            sel = order[i:i+batch]
            loss, G = loss_and_grads(P, X[sel], y[sel])
            for k in P:
                P[k] -= lr * G[k]
        if ep % 5 == 0:
            print(ep, loss)
    return P


if __name__ == '__main__':
    r = np.random.RandomState(5)
    X = r.randn(100, 5) * [1, 2, 3, 1, 1] + 2
    y = (X[:, 0] > 2).astype(int) + (X[:, 1] > 3)
    P = sgd(init_params(5, 9, 3), X, y)
