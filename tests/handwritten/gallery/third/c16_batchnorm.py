import numpy as np


def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout.dot(w.T), x.T.dot(dout), dout.sum(axis=0)


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    N, D = x.shape
    mu = 1. / N * np.sum(x, axis=0)
    xmu = x - mu
    sq = xmu ** 2
    var = 1. / N * np.sum(sq, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1. / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1. / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1. / np.sqrt(var + eps) * dsqrtvar
    dsq = 1. / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = (dxmu1 + dxmu2)
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1. / N * np.ones((N, D)) * dmu
    return dx1 + dx2, dgamma, dbeta


def softmax_loss(x, y):
    shifted = x - x.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    N = x.shape[0]
    loss = -logp[np.arange(N), y].sum() / N
    dx = np.exp(logp)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


def net(params, X, y):
    z1, c1 = affine_forward(X, params['W1'], params['b1'])
    n1, cb = batchnorm_forward(z1, params['gamma1'], params['beta1'])
    a1 = np.maximum(0, n1)
    scores, c2 = affine_forward(a1, params['W2'], params['b2'])
    loss, dscores = softmax_loss(scores, y)
    g = {}
    da1, g['W2'], g['b2'] = affine_backward(dscores, c2)
    dn1 = da1 * (n1 > 0)
    dz1, g['gamma1'], g['beta1'] = batchnorm_backward(dn1, cb)
    _, g['W1'], g['b1'] = affine_backward(dz1, c1)
    return loss, g


if __name__ == '__main__':
    np.random.seed(231)
    N, D, H, C = 30, 5, 10, 3
    X = np.random.randn(N, D)
    y = np.random.randint(C, size=N)
    params = dict(W1=np.random.randn(D, H), b1=np.zeros(H), gamma1=np.ones(H), beta1=np.zeros(H),
                  W2=0.1 * np.random.randn(H, C), b2=np.zeros(C))
    for it in range(200):
        loss, g = net(params, X, y)
        for name in params:
            params[name] -= 0.2 * g[name]
        if it % 50 == 0:
            print(it, loss)
