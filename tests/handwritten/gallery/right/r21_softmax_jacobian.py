# Backprop through softmax with the full Jacobian matrix, one sample at a time.
# Loss is the cross entropy  L = -sum_k t_k log(s_k)

import numpy as np

np.random.seed(8)

def softmax(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()

def softmax_jacobian(s):
    # J[i, j] = ds_i / dz_j
    return np.diag(s) - np.outer(s, s)

def tanh_prime(z):
    return 1.0 / np.cosh(z)**2

def forward(x, P):
    z1 = P['W1'].dot(x) + P['b1']
    h1 = np.tanh(z1)
    z2 = P['W2'].dot(h1) + P['b2']
    h2 = np.tanh(z2)
    z3 = P['W3'].dot(h2) + P['b3']
    s = softmax(z3)
    return z1, h1, z2, h2, z3, s

def loss_fn(s, t):
    return -np.sum(t * np.log(s))

def backward(x, t, P):
    z1, h1, z2, h2, z3, s = forward(x, P)
    G = {}
    dL_ds = -t / s
    dL_dz3 = softmax_jacobian(s).T.dot(dL_ds)
    G['W3'] = np.outer(dL_dz3, h2)
    G['b3'] = dL_dz3
    dL_dh2 = P['W3'].T.dot(dL_dz3)
    dL_dz2 = tanh_prime(z2) * dL_dh2
    G['W2'] = np.outer(dL_dz2, h1)
    G['b2'] = dL_dz2
    dL_dh1 = P['W2'].T.dot(dL_dz2)
    dL_dz1 = tanh_prime(z1) * dL_dh1
    G['W1'] = np.outer(dL_dz1, x)
    G['b1'] = dL_dz1
    return loss_fn(s, t), G

sizes = [2, 6, 5, 3]
P = {}
for i in range(1, 4):
    P['W%d' % i] = np.random.randn(sizes[i], sizes[i-1]) / np.sqrt(sizes[i-1])
    P['b%d' % i] = np.zeros(sizes[i])

data = []
for k, (cx, cy) in enumerate([(0, 1.5), (-1.5, -1), (1.5, -1)]):
    for _ in range(30):
        t = np.zeros(3); t[k] = 1
        data.append((np.array([cx, cy]) + 0.5*np.random.randn(2), t))

lr = 0.05
for epoch in range(30):
    total = 0.0
    for idx in np.random.permutation(len(data)):
        x, t = data[idx]
        l, G = backward(x, t, P)
        total += l
        for name in P:
            P[name] -= lr * G[name]
    if epoch % 5 == 0:
        print('epoch %2d   mean loss %.4f' % (epoch, total / len(data)))

hits = sum(forward(x, P)[-1].argmax() == t.argmax() for x, t in data)
print(hits, 'of', len(data))
