import numpy as np

def sig(x): return 1./(1.+np.exp(-x))

def init(seed=0):
    r = np.random.RandomState(seed)
    shapes = [(6, 9), (9, 7), (7, 5), (5, 2)]
    Ws = [r.randn(*s)*np.sqrt(1./s[0]) for s in shapes]
    bs = [np.zeros((1, s[1])) for s in shapes]
    return Ws, bs

def fwd(X, Ws, bs):
    h1 = sig(X.dot(Ws[0]) + bs[0])
    h2 = np.tanh(h1.dot(Ws[1]) + bs[1])
    h3 = np.maximum(0, h2.dot(Ws[2]) + bs[2])
    out = h3.dot(Ws[3]) + bs[3]
    return h1, h2, h3, out

def loss(out, Y, Ws, lam):
    data = ((out - Y)**2).sum() / (2*len(Y))
    return data + lam/2 * sum((W**2).sum() for W in Ws)

def bwd(X, Y, Ws, bs, lam):
    h1, h2, h3, out = fwd(X, Ws, bs)
    n = len(X)

    d_out = (out - Y)/n
    gW4 = h3.T.dot(d_out) + lam*Ws[3]
    gb4 = d_out.sum(0, keepdims=True)

    d_h3 = d_out.dot(Ws[3].T)
    d_h3 = d_h3*(h3 > 0)
    gW3 = h2.T.dot(d_h3) + lam*Ws[2]
    gb3 = d_h3.sum(0, keepdims=True)

    d_h2 = d_h3.dot(Ws[2].T)
    d_h2 = d_h2*(1 - h2**2)
    gW2 = h1.T.dot(d_h2) + lam*Ws[1]
    gb2 = d_h2.sum(0, keepdims=True)

    d_h1 = d_h2.dot(Ws[1].T)
    d_h1 = d_h1*h1*(1 - h1)
    gW1 = X.T.dot(d_h1) + lam*Ws[0]
    gb1 = d_h1.sum(0, keepdims=True)

    return [gW1, gW2, gW3, gW4], [gb1, gb2, gb3, gb4]

def train(X, Y, epochs=300, lr=0.3, bs_size=50, lam=1e-4):
    Ws, bs = init()
    for ep in range(epochs):
        for k in range(0, len(X), bs_size):
            gW, gb = bwd(X[k:k+bs_size], Y[k:k+bs_size], Ws, bs, lam)
            Ws = [W - lr*g for W, g in zip(Ws, gW)]
            bs = [b - lr*g for b, g in zip(bs, gb)]
        if ep % 50 == 0:
            print('epoch', ep, 'loss', loss(fwd(X, Ws, bs)[-1], Y, Ws, lam))
    return Ws, bs

np.random.seed(4)
X = np.random.randn(250, 6)
Y = np.c_[np.sin(X[:, 0]) + X[:, 1], X[:, 2]*X[:, 3]]
Ws, bs = train(X, Y)
