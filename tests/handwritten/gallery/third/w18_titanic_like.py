"""Binary classifier. Columns: pclass, sex, age, fare (standardised)."""
import csv
import os
import numpy as np

def read(fname='titanic.csv'):
    if not os.path.exists(fname):
        r = np.random.RandomState(33)
        X = r.randn(150, 4)
        y = (X[:, 0] + X[:, 1] * X[:, 2] + 0.3 * r.randn(150) > 0) * 1.0
        return X, y.reshape(-1, 1)
    with open(fname) as f:
        rows = [[float(v) for v in row] for row in list(csv.reader(f))[1:]]
    rows = np.array(rows)
    return rows[:, :-1], rows[:, -1:]

class Model:
    def __init__(self, n_features, n_hidden):
        r = np.random.RandomState(1)
        self.w_hidden = r.randn(n_features, n_hidden) * .4
        self.b_hidden = np.zeros(n_hidden)
        self.w_out = r.randn(n_hidden, 1) * .4
        self.b_out = np.zeros(1)

    def predict_proba(self, X):
        self.X = X
        self.net_h = X @ self.w_hidden + self.b_hidden
        self.out_h = np.maximum(self.net_h, 0)
        self.net_o = self.out_h @ self.w_out + self.b_out
        self.out_o = 1 / (1 + np.exp(-self.net_o))
        return self.out_o

    def log_loss(self, X, y):
        p = self.predict_proba(X)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    def gradient(self, y):
        n = y.shape[0]
        # dL/dp
        d_p = -(y / self.out_o - (1 - y) / (1 - self.out_o)) / n
        # dL/dnet_o
        d_net_o = d_p * self.out_o * (1 - self.out_o)
        d_w_out = self.out_h.T @ d_net_o
        d_b_out = np.mean(d_net_o, axis=0)
        d_out_h = d_net_o @ self.w_out.T
        d_net_h = d_out_h
        d_net_h[self.net_h < 0] = 1
        d_w_hidden = self.X.T @ d_net_h
        d_b_hidden = np.sum(d_net_h, axis=0)
        return d_w_hidden, d_b_hidden, d_w_out, d_b_out

    def fit(self, X, y, n_iter=200, lr=0.01):
        for i in range(n_iter):
            self.predict_proba(X)
            g = self.gradient(y)
            self.w_hidden -= lr * g[0]
            self.b_hidden -= lr * g[1]
            self.w_out -= lr * g[2]
            self.b_out -= lr * g[3]
            if i % 50 == 0:
                print('iter', i, 'log loss', round(self.log_loss(X, y), 4))

if __name__ == '__main__':
    X, y = read()
    Model(4, 6).fit(X, y)
