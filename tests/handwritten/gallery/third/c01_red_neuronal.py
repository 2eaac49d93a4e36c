# -*- coding: utf-8 -*-
# mi primera red neuronal, sin librerias (solo numpy)
import numpy as np

sig = lambda t: 1.0 / (1.0 + np.exp(-t))
dsig = lambda s: s * (1.0 - s)   # s ya es sig(t)


class RedNeuronal:

    def __init__(self, capas, semilla=42):
        rng = np.random.RandomState(semilla)
        self.capas = capas
        self.pesos = [rng.randn(capas[i + 1], capas[i]) / np.sqrt(capas[i]) for i in range(len(capas) - 1)]
        self.sesgos = [rng.randn(n) * 0.1 for n in capas[1:]]

    def propagar(self, x):
        acts = [x]
        for W, b in zip(self.pesos, self.sesgos):
            acts.append(sig(W.dot(acts[-1]) + b))
        return acts

    def retropropagar(self, x, t):
        """ devuelve (grad_pesos, grad_sesgos) para un solo ejemplo """
        acts = self.propagar(x)
        delta = (acts[-1] - t) * dsig(acts[-1])
        gW, gb = [], []
        for W, a in zip(reversed(self.pesos), reversed(acts[:-1])):
            gW.insert(0, np.outer(delta, a))
            gb.insert(0, delta)
            delta = W.T.dot(delta) * dsig(a)
        return gW, gb

    def error(self, X, T):
        return sum(0.5 * np.sum((self.propagar(x)[-1] - t) ** 2) for x, t in zip(X, T))

    def entrenar(self, X, T, epocas=500, alfa=0.8):
        for ep in range(epocas):
            for x, t in zip(X, T):
                gW, gb = self.retropropagar(x, t)
                self.pesos = [W - alfa * g for W, g in zip(self.pesos, gW)]
                self.sesgos = [b - alfa * g for b, g in zip(self.sesgos, gb)]
            if ep % 100 == 0:
                print("epoca", ep, "error", self.error(X, T))


if __name__ == "__main__":
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    T = np.array([[0, 1], [1, 0], [1, 0], [0, 1]], dtype=float)
    red = RedNeuronal([2, 4, 3, 2])
    red.entrenar(X, T)
    for x in X:
        print(x, '->', red.propagar(x)[-1].round(3))
