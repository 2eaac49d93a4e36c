import numpy as np
np.random.seed(100)

# 3 input features -> 5 hidden -> 4 hidden -> 2 outputs (two independent yes/no questions)
nb = 150
X = np.random.rand(3, nb) * 2 - 1
T = np.zeros((2, nb))
T[0] = X[0] + X[1] > 0
T[1] = X[1] * X[2] > 0

Wa = np.random.randn(5, 3); ba = np.zeros((5, 1))
Wb = np.random.randn(4, 5); bb = np.zeros((4, 1))
Wc = np.random.randn(2, 4); bc = np.zeros((2, 1))

def logistic(z): return 1 / (1 + np.exp(-z))

def xentropy(Y, T): return - np.multiply(T, np.log(Y)).sum() - np.multiply((1 - T), np.log(1 - Y)).sum()

rate, mom = 0.01, 0.8
Va, Vb, Vc = np.zeros_like(Wa), np.zeros_like(Wb), np.zeros_like(Wc)
ua, ub, uc = np.zeros_like(ba), np.zeros_like(bb), np.zeros_like(bc)

for i in range(1001):
    Ha = np.tanh(np.dot(Wa, X) + ba)
    Hb = np.tanh(np.dot(Wb, Ha) + bb)
    Y  = logistic(np.dot(Wc, Hb) + bc)

    if i % 250 == 0:
        print("step", i, "cost", xentropy(Y, T))

    Dc = Y - T
    Db = np.multiply(1 - np.square(Hb), np.dot(Wc.T, Dc))
    Da = np.multiply(1 - np.square(Ha), np.dot(Wb.T, Db))

    Vc = mom * Vc - rate * np.dot(Dc, Hb.T)
    Vb = mom * Vb - rate * np.dot(Db, Ha.T)
    Va = mom * Va - rate * np.dot(Da, X.T)
    uc = mom * uc - rate * Dc.sum(1, keepdims=True)
    ub = mom * ub - rate * Db.sum(1, keepdims=True)
    ua = mom * ua - rate * Da.sum(1, keepdims=True)

    Wa += Va; Wb += Vb; Wc += Vc
    ba += ua; bb += ub; bc += uc

print("right answers: %.1f %%" % (100 * np.mean((Y > 0.5) == T)))
