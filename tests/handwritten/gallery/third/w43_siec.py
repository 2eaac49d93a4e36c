# Sieć neuronowa, projekt zaliczeniowy
import numpy as np

class SiecNeuronowa:
    def __init__(self, rozmiary, wsp_uczenia=0.5):
        rng = np.random.RandomState(8)
        self.wsp = wsp_uczenia
        self.wagi = [rng.randn(wy, we) * np.sqrt(1.0 / we) for we, wy in zip(rozmiary[:-1], rozmiary[1:])]
        self.progi = [np.zeros((wy, 1)) for wy in rozmiary[1:]]

    @staticmethod
    def aktywacja(s):
        return 1.0 / (1.0 + np.exp(-s))

    def w_przod(self, x):
        wyjscia = [x]
        for w, p in zip(self.wagi, self.progi):
            wyjscia.append(self.aktywacja(w @ wyjscia[-1] + p))
        return wyjscia

    def koszt(self, x, d):
        return 0.5 * np.sum((self.w_przod(x)[-1] - d) ** 2) / x.shape[1]

    def w_tyl(self, x, d):
        wyjscia = self.w_przod(x)
        m = x.shape[1]
        delty = [(wyjscia[-1] - d) * wyjscia[-1] * (1 - wyjscia[-1]) / m]
        for w, y in zip(reversed(self.wagi[1:]), reversed(wyjscia[1:-1])):
            delty.append((w.T @ delty[-1]) * y * (1 - y))
        delty.reverse()
        gr_wagi = [delta @ y.T for delta, y in zip(delty, wyjscia[1:])]
        gr_progi = [delta.sum(axis=1, keepdims=True) for delta in delty]
        return gr_wagi, gr_progi

    def ucz(self, x, d, epoki=200):
        for e in range(epoki):
            gr_wagi, gr_progi = self.w_tyl(x, d)
            self.wagi = [w - self.wsp * g for w, g in zip(self.wagi, gr_wagi)]
            self.progi = [p - self.wsp * g for p, g in zip(self.progi, gr_progi)]
            if e % 50 == 0:
                print("epoka", e, "koszt", self.koszt(x, d))

if __name__ == "__main__":
    rng = np.random.RandomState(0)
    x = rng.rand(4, 50)
    d = np.vstack([x.mean(axis=0), x.max(axis=0), x.min(axis=0), x[0] * x[1]])
    siec = SiecNeuronowa([4, 4, 4, 4])
    siec.ucz(x, d)
