import numpy as np

# Autoencoder with tied weights:  h = sigmoid(W x + b),  r = sigmoid(W' h + c)
# cross entropy reconstruction, binary inputs

def sigm(a):
    return 1.0 / (1.0 + np.exp(-a))

class TiedAutoencoder:
    def __init__(self, n_visible, n_hidden, seed=89677):
        rng = np.random.RandomState(seed)
        bound = 4 * np.sqrt(6. / (n_hidden + n_visible))
        self.W = rng.uniform(-bound, bound, size=(n_hidden, n_visible))
        self.b = np.zeros(n_hidden)
        self.c = np.zeros(n_visible)

    def encode(self, X):
        return sigm(X @ self.W.T + self.b)

    def decode(self, H):
        return sigm(H @ self.W + self.c)

    def cost(self, X):
        R = self.decode(self.encode(X))
        return -np.mean(np.sum(X * np.log(R) + (1 - X) * np.log(1 - R), axis=1))

    def grads(self, X):
        n = X.shape[0]
        H = self.encode(X)
        R = self.decode(H)
        dR = (R - X) / n                         # at the pre-activation of r
        dH = (dR @ self.W.T) * H * (1 - H)       # at the pre-activation of h
        # W occurs twice
        gW = H.T @ dR + dH.T @ X
        return gW, dH.sum(axis=0), dR.sum(axis=0)

    def train(self, X, epochs=200, lr=0.3):
        for ep in range(epochs):
            gW, gb, gc = self.grads(X)
            self.W -= lr * gW
            self.b -= lr * gb
            self.c -= lr * gc
            if ep % 40 == 0:
                print('epoch %d, cost %f' % (ep, self.cost(X)))


if __name__ == '__main__':
    rng = np.random.RandomState(1)
    protos = rng.rand(5, 16) < 0.5
    X = protos[rng.randint(5, size=150)] ^ (rng.rand(150, 16) < 0.05)
    X = X.astype(float)
    ae = TiedAutoencoder(16, 6)
    ae.train(X)
    print('final', ae.cost(X))
