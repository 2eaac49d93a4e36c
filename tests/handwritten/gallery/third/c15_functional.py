import numpy as np
from functools import reduce
from itertools import accumulate

# bias trick: every layer sees an extra 1 in front
ones   = lambda a: np.hstack([np.ones((a.shape[0], 1)), a])
σ      = lambda z: 1 / (1 + np.exp(-z))
layer  = lambda a, W: σ(ones(a) @ W)
run    = lambda x, Ws: reduce(layer, Ws, x)
trace  = lambda x, Ws: list(accumulate(Ws, layer, initial=x))
cost   = lambda x, y, Ws: 0.5 * np.sum((run(x, Ws) - y) ** 2)

def grads(x, y, Ws):
    acts = trace(x, Ws)
    def go(acc, pair):
        d, gs = acc
        W, a = pair
        return (d @ W[1:].T * a * (1 - a), [ones(a).T @ d] + gs)
    out = acts[-1]
    start = ((out - y) * out * (1 - out), [])
    return reduce(go, zip(Ws[::-1], acts[-2::-1]), start)[1]

step = lambda x, y, η: (lambda Ws, _: [W - η * g for W, g in zip(Ws, grads(x, y, Ws))])

if __name__ == '__main__':
    np.random.seed(5)
    x = np.array([[0,0],[0,1],[1,0],[1,1.]])
    y = np.array([[0],[1],[1],[0.]])
    Ws = [np.random.randn(i + 1, o) for i, o in [(2, 3), (3, 3), (3, 1)]]
    print(cost(x, y, Ws))
    Ws = reduce(step(x, y, 1.0), range(1500), Ws)
    print(cost(x, y, Ws), run(x, Ws).ravel())
