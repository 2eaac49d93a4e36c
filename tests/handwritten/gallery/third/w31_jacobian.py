import numpy as np

def sigmoid_forward(z):  return 1 / (1 + np.exp(-z))
def sigmoid_jacobian(a): return np.diag(a * (1 - a))

def softmax_forward(z):
    ez = np.exp(z - z.max())
    return ez / ez.sum()

def softmax_jacobian(a):
    # d a_i / d z_j = a_i (delta_ij - a_j)
    return np.diag(a) - a * a

class Lyr:
    def __init__(self, n_prev, n, fwd, jac):
        self.W = np.random.randn(n, n_prev) * 0.5
        self.b = np.random.randn(n) * 0.1
        self.fwd, self.jac = fwd, jac

    def go(self, a_prev):
        self.a_prev = a_prev
        self.a = self.fwd(self.W @ a_prev + self.b)
        return self.a

    def back(self, dC_da):
        dC_dz = self.jac(self.a).T @ dC_da
        self.dC_dW = np.outer(dC_dz, self.a_prev)
        self.dC_db = dC_dz
        return self.W.T @ dC_dz

def cross_entropy(p, t):       return -np.sum(t * np.log(p))
def cross_entropy_grad(p, t):  return -t / p

def net_forward(layers, x):
    for L in layers: x = L.go(x)
    return x

def net_backward(layers, p, t):
    d = cross_entropy_grad(p, t)
    for L in layers[::-1]: d = L.back(d)
    return d

if __name__ == '__main__':
    np.random.seed(14)
    layers = [Lyr(4, 6, sigmoid_forward, sigmoid_jacobian), Lyr(6, 3, softmax_forward, softmax_jacobian)]
    xs = np.random.randn(60, 4)
    ts = np.eye(3)[np.argmax(xs[:, :3], axis=1)]
    for epoch in range(10):
        C = 0
        for x, t in zip(xs, ts):
            p = net_forward(layers, x)
            C += cross_entropy(p, t)
            net_backward(layers, p, t)
            for L in layers:
                L.W -= 0.1 * L.dC_dW
                L.b -= 0.1 * L.dC_db
        print(epoch, C / len(xs))
