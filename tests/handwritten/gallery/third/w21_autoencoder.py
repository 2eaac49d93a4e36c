import numpy as np

class AutoEncoder:
    """x -> code -> code2 -> x_hat      (all layers have n units, denoising)"""
    def __init__(self, n, seed=0):
        rs = np.random.RandomState(seed)
        self.We, self.be = rs.randn(n, n) / np.sqrt(n), np.zeros((n, 1))
        self.Wm, self.bm = rs.randn(n, n) / np.sqrt(n), np.zeros((n, 1))
        self.Wd, self.bd = rs.randn(n, n) / np.sqrt(n), np.zeros((n, 1))

    def encode(self, x):
        self.x = x
        self.code = np.tanh(self.We @ x + self.be)
        self.code2 = np.tanh(self.Wm @ self.code + self.bm)
        return self.code2

    def decode(self, c):
        self.x_hat = self.Wd @ c + self.bd
        return self.x_hat

    def __call__(self, x):
        return self.decode(self.encode(x))

    def reconstruction_error(self, x, target):
        return 0.5 * np.mean(np.sum((self(x) - target) ** 2, axis=0))

    def backward(self, target):
        n = target.shape[1]
        d_hat = (self.x_hat - target) / n
        self.gWd = d_hat @ self.code2.T
        self.gbd = d_hat.sum(1, keepdims=True)
        d_code2 = (self.Wd.T @ d_hat) * (1 - self.code2 ** 2)
        self.gWm = d_code2 @ self.code.T
        self.gbm = d_code2.sum(1, keepdims=True)
        d_code = (self.Wm.T @ d_code2) * (1 - self.code ** 2)
        self.gWe = d_code @ self.code.T
        self.gbe = d_code.sum(1, keepdims=True)

    def update(self, lr):
        for name in ('We', 'be', 'Wm', 'bm', 'Wd', 'bd'):
            getattr(self, name)[...] -= lr * getattr(self, 'g' + name)

def main():
    rs = np.random.RandomState(1)
    clean = np.sin(np.linspace(0, 3, 6)[:, None] * rs.uniform(.5, 2, 40)[None, :])
    ae = AutoEncoder(6)
    for i in range(151):
        noisy = clean + 0.1 * rs.randn(*clean.shape)
        err = ae.reconstruction_error(noisy, clean)
        ae.backward(clean)
        ae.update(0.1)
        if i % 50 == 0:
            print(i, err)

main()
