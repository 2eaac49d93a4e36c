import numpy as np
np.random.seed(100)

# Generate training set: y = 1 if the three numbers are in increasing order
X = np.random.uniform(-1, 1, size=(300, 3))
Y = ((X[:, 0] < X[:, 1]) & (X[:, 1] < X[:, 2])).astype(float).reshape(-1, 1)

def relu(x):
    return np.maximum(0, x)

def d_relu(x):
    return (x > 0).astype(float)

H = 8

class Params: pass
p = Params()
p.W1 = np.random.randn(3, H) * np.sqrt(2/3)
p.B1 = np.zeros((1, H))
p.W2 = np.random.randn(H, H) * np.sqrt(2/H)
p.B2 = np.zeros((1, H))
p.W3 = np.random.randn(H, 1) * np.sqrt(2/H)
p.B3 = np.zeros((1, 1))

def Forward(X):
    Z1 = X @ p.W1 + p.B1
    A1 = relu(Z1)
    Z2 = A1 @ p.W2 + p.B2
    A2 = relu(Z2)
    Z3 = A2 @ p.W3 + p.B3
    A3 = 1/(1 + np.exp(-Z3))
    return Z1, A1, Z2, A2, Z3, A3

def Loss(A3, Y):
    eps = 1e-12
    return -np.mean(Y*np.log(A3 + eps) + (1 - Y)*np.log(1 - A3 + eps))

def Backward(X, Y, Z1, A1, Z2, A2, Z3, A3):
    M = len(X)
    dZ3 = (A3 - Y)/M
    dW3 = A2.T @ dZ3
    dB3 = dZ3.sum(axis=0, keepdims=True)
    dA2 = dZ3 @ p.W3.T
    dZ2 = dA2 * d_relu(Z2)
    dW2 = A1.T @ dZ2
    dB2 = dZ2.sum(axis=0, keepdims=True)
    dA1 = dZ2 @ p.W2.T
    dZ1 = dA1 * d_relu(Z2)
    dW1 = X.T @ dZ1
    dB1 = dZ1.sum(axis=0, keepdims=True)
    return dW1, dB1, dW2, dB2, dW3, dB3

for i in range(301):
    cache = Forward(X)
    grads = Backward(X, Y, *cache)
    for name, g in zip(['W1', 'B1', 'W2', 'B2', 'W3', 'B3'], grads):
        setattr(p, name, getattr(p, name) - 0.5 * g)
    if i % 100 == 0:
        print('Iteration:', i, 'loss:', Loss(cache[-1], Y))
