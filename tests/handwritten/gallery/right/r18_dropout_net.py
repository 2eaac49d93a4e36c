import numpy as np

class MLP:
    ''' 2 hidden relu layers, inverted dropout on the first, softmax on top '''
    def __init__(self, sizes, p_keep=0.8, seed=1):
        assert len(sizes) == 4
        self.rng = np.random.RandomState(seed)
        self.p_keep = p_keep
        self.W1 = self.rng.randn(sizes[1], sizes[0]) * np.sqrt(2.0/sizes[0])
        self.W2 = self.rng.randn(sizes[2], sizes[1]) * np.sqrt(2.0/sizes[1])
        self.W3 = self.rng.randn(sizes[3], sizes[2]) * np.sqrt(2.0/sizes[2])
        self.b1 = np.zeros((sizes[1],1))
        self.b2 = np.zeros((sizes[2],1))
        self.b3 = np.zeros((sizes[3],1))
        # one mask per unit, drawn once per epoch by new_mask()
        self.mask = np.ones((sizes[1],1))

    def new_mask(self):
        self.mask = (self.rng.rand(*self.b1.shape) < self.p_keep) / self.p_keep

    def forward(self, X, train=True):
        self.A0 = X
        self.Z1 = self.W1 @ X + self.b1
        self.A1 = np.maximum(self.Z1, 0)
        if train:
            self.A1 = self.A1 * self.mask
        self.Z2 = self.W2 @ self.A1 + self.b2
        self.A2 = np.maximum(self.Z2, 0)
        self.Z3 = self.W3 @ self.A2 + self.b3
        E = np.exp(self.Z3 - self.Z3.max(axis=0))
        self.A3 = E / E.sum(axis=0)
        return self.A3

    def cost(self, Y):
        return -np.sum(Y * np.log(self.A3)) / Y.shape[1]

    def backward(self, Y):
        m = Y.shape[1]
        dZ3 = self.A3 - Y
        self.dW3 = dZ3 @ self.A2.T / m
        self.db3 = dZ3.sum(axis=1, keepdims=True) / m
        dA2 = self.W3.T @ dZ3
        dZ2 = dA2 * (self.Z2 > 0)
        self.dW2 = dZ2 @ self.A1.T / m
        self.db2 = dZ2.sum(axis=1, keepdims=True) / m
        dA1 = self.W2.T @ dZ2
        dA1 = dA1 * self.mask
        dZ1 = dA1 * (self.Z1 > 0)
        self.dW1 = dZ1 @ self.A0.T / m
        self.db1 = dZ1.sum(axis=1, keepdims=True) / m

    def step(self, lr):
        for p in ('W1','b1','W2','b2','W3','b3'):
            self.__dict__[p] -= lr * self.__dict__['d'+p]

    def train(self, X, Y, epochs=400, lr=0.2):
        for e in range(epochs):
            self.new_mask()
            self.forward(X)
            c = self.cost(Y)
            self.backward(Y)
            self.step(lr)
            if e % 100 == 0:
                print('epoch', e, 'cost', c)


def blobs(n, k, d, seed=0):
    r = np.random.RandomState(seed)
    C = r.randn(k, d)*2
    lab = r.randint(k, size=n)
    X = C[lab] + r.randn(n, d)
    return X.T, np.eye(k)[lab].T, lab

X, Y, lab = blobs(200, 4, 6)
net = MLP([6, 20, 10, 4])
net.train(X, Y)
print('acc', (net.forward(X, train=False).argmax(0) == lab).mean())
