"""HW3 - two layer perceptron for 3 targets. Bias is folded into the weight matrices
(we append a 1 to every input and to every hidden vector)."""
import numpy as np

N_IN, N_HID, N_OUT = 4, 6, 3
ETA = 0.02


def add_ones(M):
    return np.hstack((M, np.ones((M.shape[0], 1))))


def logistic(u):
    return 1.0 / (1.0 + np.exp(-u))


def dlogistic(u):
    g = logistic(u)
    return g * (1.0 - g)


def run(V, W, X):
    """V: (N_HID, N_IN+1), W: (N_OUT, N_HID+1)"""
    Xb = add_ones(X)
    U = np.dot(Xb, V.T)
    H = logistic(U)
    Hb = add_ones(H)
    S = np.dot(Hb, W.T)
    O = logistic(S)
    return Xb, U, Hb, S, O


def energy(O, T):
    return 0.5 * np.sum((T - O) ** 2)


def grad(V, W, X, T):
    Xb, U, Hb, S, O = run(V, W, X)
    d_out = (O - T) * dlogistic(S)
    gW = np.dot(d_out.T, Hb)
    # the last column of W multiplies the constant unit, nothing flows back through it
    d_hid = np.dot(d_out, W[:, :-1]) * dlogistic(U)
    gV = np.dot(d_hid.T, Xb)
    return gV, gW


def fit(X, T, n_iter=400):
    rng = np.random.RandomState(3)
    V = rng.randn(N_HID, N_IN + 1) * 0.5
    W = rng.randn(N_OUT, N_HID + 1) * 0.5
    for it in range(n_iter):
        gV, gW = grad(V, W, X, T)
        V = V - ETA * gV
        W = W - ETA * gW
        if it % 50 == 0:
            print(it, energy(run(V, W, X)[-1], T))
    return V, W


if __name__ == '__main__':
    rng = np.random.RandomState(5)
    X = rng.randn(120, N_IN)
    T = np.c_[X[:, 0] > 0, X[:, 1] + X[:, 2] > 0, X[:, 3] ** 2 > 0.5].astype(float)
    V, W = fit(X, T)
    O = run(V, W, X)[-1]
    print('bits correct: %.3f' % np.mean((O > 0.5) == T))
