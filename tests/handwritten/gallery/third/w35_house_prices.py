import numpy as np
import argparse

""" House price regression with a small net, normalised features, MSE. """

def build_parser():
    ap = argparse.ArgumentParser()
    ap.add_argument('--csv', type=str, default=None)
    ap.add_argument('--epochs', type=int, default=60)
    ap.add_argument('--lr', type=float, default=0.05)
    ap.add_argument('--units', type=int, default=12)
    return ap

def load_data(path):
    if path:
        table = np.genfromtxt(path, delimiter=',', skip_header=1)
    else:
        rs = np.random.RandomState(6)
        f = rs.rand(120, 3)
        table = np.c_[f, 2 * f[:, 0] + f[:, 1] ** 2 - f[:, 2] + .05 * rs.randn(120)]
    table = (table - table.mean(0)) / table.std(0)
    return table[:, :-1], table[:, -1:]

class HousePriceNet:
    def __init__(self, n_in, units):
        rs = np.random.RandomState(0)
        self.W1 = rs.randn(n_in, units) * np.sqrt(2 / n_in)
        self.b1 = np.zeros(units)
        self.W2 = rs.randn(units, units) * np.sqrt(2 / units)
        self.b2 = np.zeros(units)
        self.W3 = rs.randn(units, 1) * np.sqrt(2 / units)
        self.b3 = np.zeros(1)

    def forward(self, X):
        self.z1 = X.dot(self.W1) + self.b1
        self.a1 = np.where(self.z1 > 0, self.z1, 0)
        self.z2 = self.a1.dot(self.W2) + self.b2
        self.a2 = np.where(self.z2 > 0, self.z2, 0)
        return self.a2.dot(self.W3) + self.b3

    def train_step(self, X, y, lr):
        pred = self.forward(X)
        loss = np.mean((pred - y) ** 2)
        dpred = 2.0 * (pred - y) / y.size
        dW3 = self.a2.T.dot(dpred)
        db3 = dpred.sum(axis=0)
        dz2 = dpred.dot(self.W3.T)
        dz2[self.z2 <= 0] = 0
        dW2 = self.a1.T.dot(dz2)
        db2 = dz2.sum(axis=0)
        dz1 = dz2.dot(self.W2.T)
        dz1[self.z1 <= 0] = 0
        dW1 = X.T.dot(dz1)
        db1 = dz1.sum(axis=0)

        self.W1 -= lr * dW1
        self.b1 -= lr * db1
        self.W2 -= lr * dW2
        self.b2 -= lr * db1
        self.W3 -= lr * dW3
        self.b3 -= lr * db3
        return loss

def main():
    args = build_parser().parse_args()
    X, y = load_data(args.csv)
    net = HousePriceNet(X.shape[1], args.units)
    for e in range(args.epochs):
        loss = net.train_step(X, y, args.lr)
        if e % 20 == 0:
            print('[%03d] mse=%.4f' % (e, loss))

if __name__ == '__main__':
    main()
