import numpy as np
from numpy import tanh, einsum

class Regressor:
    """ x -> tanh -> tanh -> linear.  everything with einsum (b = batch) """

    def __init__(s, d, h, o, seed=0):
        r = np.random.RandomState(seed)
        s.θ = [r.randn(d, h) * .5, r.randn(h) * .1, r.randn(h, h) * .5, r.randn(h) * .1, r.randn(h, o) * .5, r.randn(o) * .1]
        s.v = [np.zeros_like(t) for t in s.θ]

    def f(s, X):
        U, u, V, v, W, w = s.θ
        p = tanh(einsum('bi,ij->bj', X, U) + u)
        q = tanh(einsum('bi,ij->bj', p, V) + v)
        return p, q, einsum('bi,ij->bj', q, W) + w

    def loss(s, X, Y):
        return np.mean((s.f(X)[2] - Y) ** 2)

    def grad(s, X, Y):
        U, u, V, v, W, w = s.θ
        p, q, out = s.f(X)
        δ3 = 2 * (out - Y) / Y.size
        δ2 = einsum('bk,jk->bj', δ3, W) * (1 - q ** 2)
        δ1 = einsum('bk,jk->bj', δ2, V) * (1 - p ** 2)
        return [einsum('bi,bj->ij', X, δ1), einsum('bj->j', δ1),
                einsum('bi,bj->ij', p, δ2), einsum('bj->j', δ2),
                einsum('bi,bj->ij', q, δ3), einsum('bj->j', δ3)]

    def step(s, X, Y, lr=.05, μ=.9):
        for t, v, g in zip(s.θ, s.v, s.grad(X, Y)):
            v *= μ
            v += g
            t -= lr * v

if __name__ == '__main__':
    x = np.linspace(-1, 1, 64).reshape(-1, 1)
    y = np.hstack([np.sin(3 * x), x ** 2])
    m = Regressor(1, 10, 2)
    for i in range(301):
        m.step(x, y)
        if not i % 100: print(i, m.loss(x, y))
