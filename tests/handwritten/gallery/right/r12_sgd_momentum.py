import numpy as np

def train(X, Y, n_hidden=25, epochs=60, batch_size=32, lr=0.05, mu=0.9, seed=0, verbose=True):
    '''
    MLP with one hidden layer of tanh units and a sigmoid output, binary cross entropy.
    X is (N, D), Y is (N, 1) with 0/1 entries.
    Returns W1, b1, W2, b2
    '''
    rs = np.random.RandomState(seed)
    N, D = X.shape
    W1 = rs.randn(D, n_hidden) / np.sqrt(D);  b1 = np.zeros(n_hidden)
    W2 = rs.randn(n_hidden, 1) / np.sqrt(n_hidden);  b2 = np.zeros(1)
    vW1 = vb1 = vW2 = vb2 = 0.0

    for epoch in range(epochs):
        order = rs.permutation(N)
        running = 0.0
        for s in range(0, N, batch_size):
            xb, yb = X[order[s:s+batch_size]], Y[order[s:s+batch_size]]
            B = len(xb)

            # ---- forward
            h = np.tanh(xb @ W1 + b1)
            logit = h @ W2 + b2
            p = 1 / (1 + np.exp(-logit))
            running += -(yb*np.log(p) + (1-yb)*np.log(1-p)).sum()

            # ---- backward
            g = (p - yb) / B
            gW2 = h.T @ g;   gb2 = g.sum(0)
            g = (g @ W2.T) * (1 - h*h)
            gW1 = xb.T @ g;  gb1 = g.sum(0)

            # ---- heavy ball
            vW1 = mu*vW1 - lr*gW1;  W1 = W1 + vW1
            vb1 = mu*vb1 - lr*gb1;  b1 = b1 + vb1
            vW2 = mu*vW2 - lr*gW2;  W2 = W2 + vW2
            vb2 = mu*vb2 - lr*gb2;  b2 = b2 + vb2
        if verbose and epoch % 10 == 0:
            print("epoch", epoch, "bce", running / N)
    return W1, b1, W2, b2


def circles(n=400, seed=4):
    rs = np.random.RandomState(seed)
    r = np.where(rs.rand(n) < .5, 1.0, 2.0)
    th = rs.rand(n) * 2*np.pi
    X = np.c_[r*np.cos(th), r*np.sin(th)] + .15*rs.randn(n, 2)
    return X, (r > 1.5).astype(float)[:, None]

if __name__ == '__main__':
    X, Y = circles()
    W1, b1, W2, b2 = train(X, Y)
    acc = (((np.tanh(X @ W1 + b1) @ W2 + b2) > 0) == Y).mean()
    print("train acc", acc)
