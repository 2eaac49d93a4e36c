#!/usr/bin/python
# -*- coding: utf-8 -*-
# Yapay sinir agi odevi - 3 katman, hepsi 6 noron
import numpy as np

ogrenme_orani = 0.1
np.random.seed(55)

class YapaySinirAgi:
    def __init__(self, girdi, gizli, cikti):
        self.A1 = np.random.randn(girdi, gizli) * 0.7
        self.A2 = np.random.randn(gizli, gizli) * 0.7
        self.A3 = np.random.randn(gizli, cikti) * 0.7
        self.e1 = np.zeros((1, gizli))
        self.e2 = np.zeros((1, gizli))
        self.e3 = np.zeros((1, cikti))

    def ileri(self, x):
        self.x = x
        self.h1 = np.tanh(x @ self.A1 + self.e1)
        self.h2 = np.tanh(self.h1 @ self.A2 + self.e2)
        self.y = self.h1 @ self.A3 + self.e3
        return self.y

    def hata(self, x, hedef):
        return 0.5 * np.mean(np.sum((self.ileri(x) - hedef) ** 2, axis=1))

    def geri(self, hedef):
        n = self.x.shape[0]
        d3 = (self.y - hedef) / n
        gA3 = self.h2.T @ d3
        ge3 = d3.sum(axis=0, keepdims=True)
        d2 = (d3 @ self.A3.T) * (1 - self.h2 ** 2)
        gA2 = self.h1.T @ d2
        ge2 = d2.sum(axis=0, keepdims=True)
        d1 = (d2 @ self.A2.T) * (1 - self.h1 ** 2)
        gA1 = self.x.T @ d1
        ge1 = d1.sum(axis=0, keepdims=True)
        return gA1, ge1, gA2, ge2, gA3, ge3

    def egit(self, x, hedef, tekrar=200):
        for i in range(tekrar):
            self.ileri(x)
            g = self.geri(hedef)
            for ad, gr in zip(('A1', 'e1', 'A2', 'e2', 'A3', 'e3'), g):
                setattr(self, ad, getattr(self, ad) - ogrenme_orani * gr)
            if i % 50 == 0:
                print("adim", i, "hata", self.hata(x, hedef))

if __name__ == '__main__':
    x = np.random.uniform(-1, 1, (40, 2))
    hedef = np.c_[x[:, 0] * x[:, 1], x.sum(axis=1)]
    YapaySinirAgi(2, 6, 2).egit(x, hedef)
