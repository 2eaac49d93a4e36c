import numpy as np

np.random.seed(11)
x = np.linspace(0, 2*np.pi, 40).reshape(-1, 1)
y = np.sin(x) + 0.1*np.random.randn(40, 1)

# 1 - 10 - 1 network, last layer is just a weight vector
n_hidden = 10

def mse(p, t):
    return np.mean((p.ravel() - t.ravel())**2)

w1 = np.random.randn(1, n_hidden)
b1 = np.random.randn(n_hidden)
w2 = np.random.randn(n_hidden) * 0.3
b2 = np.zeros(1)
lr = 0.02

for epoch in range(400):
    z = x @ w1 + b1
    h = np.tanh(z)
    pred = h @ w2 + b2          # (40,)

    loss = mse(pred, y)

    # gradients, averaged over the samples
    diff = pred - y
    g_pred = 2 * diff.mean(axis=0) / len(x)
    g_w2 = h.T @ g_pred
    g_b2 = g_pred.sum()
    g_h = np.outer(g_pred, w2)
    g_z = g_h * (1 - h**2)
    g_w1 = x.T @ g_z
    g_b1 = g_z.sum(axis=0)

    w1 -= lr*g_w1
    b1 -= lr*g_b1
    w2 -= lr*g_w2
    b2 -= lr*g_b2
    if epoch % 100 == 0:
        print(epoch, loss)
