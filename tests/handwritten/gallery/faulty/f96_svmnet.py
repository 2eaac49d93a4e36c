import numpy as np

SLOPE = 0.2

def leaky(z):
    return np.where(z > 0, z, SLOPE * z)

def d_leaky(z):
    g = np.full(z.shape, SLOPE)
    g[z > 0] = 1.0
    return g

def hinge_loss_grad(S, y, delta=1.0):
    """multiclass SVM loss and its gradient with respect to the scores S (n, k)"""
    n = S.shape[0]
    correct = S[np.arange(n), y][:, np.newaxis]
    margins = np.maximum(0, S - correct + delta)
    margins[np.arange(n), y] = 0
    loss = margins.sum() / n
    dS = (margins > 0).astype(float)
    dS[np.arange(n), y] = -dS.sum(axis=1)
    dS /= n
    return loss, dS

def net_loss(theta, X, y, reg):
    W1, b1, W2, b2 = theta
    Z = X.dot(W1) + b1
    H = leaky(Z)
    S = H.dot(W2) + b2
    loss, dS = hinge_loss_grad(S, y)
    loss += reg * (np.sum(W1**2) + np.sum(W2**2))

    dW2 = H.T.dot(dS) + reg * W2
    db2 = dS.sum(0)
    dZ = dS.dot(W2.T) * d_leaky(Z)
    dW1 = X.T.dot(dZ) + reg * W1
    db1 = dZ.sum(0)
    return loss, (dW1, db1, dW2, db2)

def main():
    np.random.seed(31)
    X = np.random.randn(75, 3)
    y = np.argmax(X + 0.3*np.random.randn(75, 3), axis=1)
    theta = [0.5*np.random.randn(3, 7), np.zeros(7), 0.5*np.random.randn(7, 3), np.zeros(3)]
    lr = 0.1
    for i in range(200):
        loss, grads = net_loss(theta, X, y, 1e-2)
        for p, g in zip(theta, grads):
            p -= lr * g
        if i % 50 == 0:
            print('%4d %.4f' % (i, loss))

main()
