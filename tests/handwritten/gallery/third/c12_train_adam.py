#!/usr/bin/env python3
import argparse
import logging
import os

import numpy as np

log = logging.getLogger(__name__)


def parse_args(argv=None):
    p = argparse.ArgumentParser(description="numpy MLP with Adam")
    p.add_argument("--data", default="data/banknote.csv")
    p.add_argument("--hidden", type=int, nargs="+", default=[16, 8])
    p.add_argument("--lr", type=float, default=3e-3)
    p.add_argument("--batch-size", type=int, default=16)
    p.add_argument("--epochs", type=int, default=5)
    p.add_argument("--seed", type=int, default=0)
    return p.parse_args(argv)


def load(path, rng):
    if os.path.exists(path):
        raw = np.loadtxt(path, delimiter=",", skiprows=1)
        return raw[:, :-1], raw[:, -1:]
    log.warning("%s not found, using random data", path)
    X = rng.normal(size=(200, 4))
    return X, (np.sum(X ** 2, axis=1, keepdims=True) > 3.5).astype(float)


class MLP:
    def __init__(self, dims, rng):
        self.n = len(dims) - 1
        self.params = {}
        for i in range(self.n):
            self.params[f"W{i}"] = rng.normal(0, np.sqrt(2 / dims[i]), size=(dims[i], dims[i + 1]))
            self.params[f"b{i}"] = np.zeros((1, dims[i + 1]))

    def forward(self, X):
        self.inputs, self.pre = [], []
        out = X
        for i in range(self.n):
            self.inputs.append(out)
            z = out @ self.params[f"W{i}"] + self.params[f"b{i}"]
            self.pre.append(z)
            out = np.maximum(z, 0) if i < self.n - 1 else z
        return out          # logits

    def backward(self, dlogits):
        grads = {}
        d = dlogits
        for i in range(self.n - 1, -1, -1):
            if i < self.n - 1:
                d = d * (self.pre[i] > 0)
            grads[f"W{i}"] = self.inputs[i].T @ d
            grads[f"b{i}"] = d.sum(axis=0, keepdims=True)
            d = d @ self.params[f"W{i}"].T
        return grads


class Adam:
    def __init__(self, params, lr, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.b1, self.b2, self.eps = lr, beta1, beta2, eps
        self.t = 0
        self.m = {k: np.zeros_like(v) for k, v in params.items()}
        self.v = {k: np.zeros_like(v) for k, v in params.items()}

    def step(self, params, grads):
        self.t += 1
        for k in params:
            self.m[k] = self.b1 * self.m[k] + (1 - self.b1) * grads[k]
            self.v[k] = self.b2 * self.v[k] + (1 - self.b2) * grads[k] ** 2
            mhat = self.m[k] / (1 - self.b1 ** self.t)
            vhat = self.v[k] / (1 - self.b2 ** self.t)
            params[k] -= self.lr * mhat / (np.sqrt(vhat) + self.eps)


def bce_with_logits(z, y):
    # log(1+e^z) - y z, stable
    loss = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
    return loss.mean(), (1 / (1 + np.exp(-z)) - y) / z.size


def main(argv=None):
    args = parse_args(argv)
    logging.basicConfig(level=logging.INFO)
    rng = np.random.default_rng(args.seed)
    X, y = load(args.data, rng)
    net = MLP([X.shape[1], *args.hidden, 1], rng)
    opt = Adam(net.params, args.lr)
    for epoch in range(args.epochs):
        perm = rng.permutation(len(X))
        total = 0.0
        for s in range(0, len(X), args.batch_size):
            idx = perm[s:s + args.batch_size]
            loss, d = bce_with_logits(net.forward(X[idx]), y[idx])
            opt.step(net.params, net.backward(d))
            total += loss * len(idx)
        acc = np.mean((net.forward(X) > 0) == (y > 0.5))
        log.info("epoch %d loss %.4f acc %.3f", epoch, total / len(X), acc)


if __name__ == "__main__":
    main([])
