import numpy as np
from dataclasses import dataclass

@dataclass
class BNCache:
    xc: np.ndarray
    std: np.ndarray
    xn: np.ndarray

def bn_fwd(x, g, b, eps=1e-5):
    mu = x.mean(axis=0)
    xc = x - mu
    std = np.sqrt((xc ** 2).mean(axis=0) + eps)
    xn = xc / std
    return g * xn + b, BNCache(xc, std, xn)

def bn_bwd(dy, g, c):
    n = dy.shape[0]
    dg = (dy * c.xn).sum(axis=0)
    db = dy.sum(axis=0)
    dxn = g * dy
    dxc = dxn / c.std
    dstd = -np.sum(dxn * c.xc / c.std ** 2, axis=0)
    dvar = 0.5 * dstd * c.std
    dxc += (2.0 / n) * c.xc * dvar
    dmu = dxc.sum(axis=0)
    return dxc - dmu / n, dg, db

class BNNet:
    def __init__(self, d, h, k, seed=0):
        r = np.random.RandomState(seed)
        self.p = {'W1': r.randn(d, h) * .3, 'g1': np.ones(h), 'be1': np.zeros(h), 'W2': r.randn(h, k) * .3, 'b2': np.zeros(k)}

    def forward(self, x):
        p = self.p
        self.x = x
        self.z = x @ p['W1']
        self.n, self.c = bn_fwd(self.z, p['g1'], p['be1'])
        self.a = np.tanh(self.n)
        s = self.a @ p['W2'] + p['b2']
        e = np.exp(s - s.max(1, keepdims=True))
        self.prob = e / e.sum(1, keepdims=True)
        return self.prob

    def nll(self, x, t):
        return -np.log(self.forward(x)[range(len(t)), t]).mean()

    def grads(self, t):
        p, q = self.p, self.prob.copy()
        q[range(len(t)), t] -= 1
        q /= len(t)
        out = {'W2': self.a.T @ q, 'b2': q.sum(0)}
        da = q @ p['W2'].T
        dn = da * (1 - self.a ** 2)
        dz, out['g1'], out['be1'] = bn_bwd(dn, p['g1'], self.c)
        out['W1'] = self.x.T @ dz
        return out

if __name__ == '__main__':
    r = np.random.RandomState(4)
    t = r.randint(0, 3, 90)
    x = r.randn(90, 4) + 2 * np.eye(3, 4)[t]
    net = BNNet(4, 7, 3)
    for i in range(100):
        L = net.nll(x, t)
        for k, g in net.grads(t).items():
            net.p[k] = net.p[k] - 0.3 * g
        if i % 25 == 0: print(i, L)
