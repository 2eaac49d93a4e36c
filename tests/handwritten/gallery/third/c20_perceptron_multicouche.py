# TP n°4 - Perceptron multicouche, perte charnière (SVM)
import numpy as np

class Couche:
    def __init__(self, n_entrees, n_sorties, alea):
        self.poids = alea.normal(0, 1 / np.sqrt(n_entrees), (n_sorties, n_entrees))
        self.biais = np.zeros((n_sorties, 1))

class PMC:
    """colonnes = exemples ; étiquettes dans {-1, +1}"""
    def __init__(self, tailles, graine=0):
        alea = np.random.default_rng(graine)
        self.couches = [Couche(a, b, alea) for a, b in zip(tailles[:-1], tailles[1:])]

    def passe_avant(self, X):
        self.A = [X]
        for c in self.couches[:-1]:
            self.A.append(np.tanh(c.poids @ self.A[-1] + c.biais))
        der = self.couches[-1]
        self.sortie = der.poids @ self.A[-1] + der.biais
        return self.sortie

    def perte(self, X, y):
        s = self.passe_avant(X)
        return np.mean(np.maximum(0, 1 - y * s))

    def passe_arriere(self, y):
        m = y.shape[1]
        marge = 1 - y * self.sortie
        dZ = np.where(marge > 0, -y, 0.0) / m
        gradients = []
        for i in reversed(range(len(self.couches))):
            c = self.couches[i]
            gradients.append((dZ @ self.A[i].T, dZ.sum(axis=1, keepdims=True)))
            if i > 0:
                dA = c.poids.T @ dZ
                dZ = dA * (1 - self.A[i] ** 2)
        return gradients[::-1]

    def apprendre(self, X, y, pas=0.3, iterations=200):
        for t in range(iterations):
            self.passe_avant(X)
            for c, (dW, db) in zip(self.couches, self.passe_arriere(y)):
                c.poids -= pas * dW
                c.biais -= pas * db
            if t % 50 == 0:
                print("itération", t, ": perte =", round(self.perte(X, y), 4))

if __name__ == "__main__":
    alea = np.random.default_rng(3)
    X = alea.normal(size=(2, 100))
    y = np.where(X[0] * X[1] > 0, 1.0, -1.0).reshape(1, -1)
    reseau = PMC([2, 8, 4, 1])
    reseau.apprendre(X, y)
    print("précision :", np.mean(np.sign(reseau.passe_avant(X)) == y))
