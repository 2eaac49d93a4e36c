import numpy as np

def tangente(u): return np.tanh(u)

class RedeMLP(object):
    # rede neural para a disciplina de IA - trabalho 2
    def __init__(self, entradas, ocultos, saidas, taxa=0.05):
        np.random.seed(17)
        self.taxa = taxa
        self.w1 = np.random.normal(0, .5, (entradas, ocultos))
        self.b1 = np.zeros((1, ocultos))
        self.w2 = np.random.normal(0, .5, (ocultos, saidas))
        self.b2 = np.zeros((1, saidas))

    def prever(self, X):
        self.u1 = X.dot(self.w1) + self.b1
        self.y1 = tangente(self.u1)
        self.u2 = self.y1.dot(self.w2) + self.b2
        return self.u2

    def treinar(self, X, D, epocas=100):
        historico = []
        for ep in range(epocas):
            Y = self.prever(X)
            erro = Y - D
            eqm = (erro ** 2).mean()
            historico.append(eqm)

            delta2 = 2 * erro / erro.size
            self.w2 -= self.taxa * self.y1.T.dot(delta2)
            self.b2 -= self.taxa * delta2.sum(axis=0, keepdims=True)

            delta1 = delta2.dot(self.w2.T) * (1 - self.y1 ** 2)
            self.w1 -= self.taxa * X.T.dot(delta1)
            self.b1 -= self.taxa * delta1.sum(axis=0, keepdims=True)
        return historico

if __name__ == '__main__':
    x = np.linspace(-3, 3, 60).reshape(-1, 1)
    d = np.sin(x)
    rede = RedeMLP(1, 12, 1, taxa=0.03)
    h = rede.treinar(x, d, 500)
    print('EQM inicial %.4f final %.4f' % (h[0], h[-1]))
