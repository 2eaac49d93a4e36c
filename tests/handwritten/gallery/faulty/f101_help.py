# My network learns nothing?? (numpy, 3 hidden layers, batch)
import numpy as np
np.random.seed(0)

def sigmoid(x): return 1/(1+np.exp(-x))
def sigmoid_der(s): return s*(1-s)      # s is the sigmoid already

N = 20
inp = np.random.randint(0, 2, (N, 4)).astype(float)
lab = (inp.sum(axis=1) % 2 == 0).astype(float)
lab = lab[:, None]

Ws = [np.random.randn(4, 5), np.random.randn(5, 5), np.random.randn(5, 5), np.random.randn(5, 1)]
Bs = [np.zeros(5), np.zeros(5), np.zeros(5), np.zeros(1)]
lrate = 0.5

for it in range(1000):
    acts = [inp]
    for W, B in zip(Ws, Bs):
        acts.append(sigmoid(acts[-1] @ W + B))

    pred = acts[-1]
    err = np.mean(-lab*np.log(pred) - (1-lab)*np.log(1-pred))

    dpred = (-(lab/pred) + (1-lab)/(1-pred)) / N
    dz = dpred * sigmoid_der(pred)
    dWs, dBs = [], []
    for i in [3, 2, 1, 0]:
        dWs.append(acts[i].T @ dz)
        dBs.append(dz.sum(axis=0))
        if i == 0: break
        da = dz @ Ws[i].T
        dz = da * sigmoid_der(sigmoid(acts[i]))
    dWs = dWs[::-1]
    dBs = dBs[::-1]

    for i in range(4):
        Ws[i] -= lrate * dWs[i]
        Bs[i] -= lrate * dBs[i]
    if it % 250 == 0:
        print(it, err)
