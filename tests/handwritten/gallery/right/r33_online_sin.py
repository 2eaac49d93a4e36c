# sin regression, one example at a time, everything in one loop
import numpy as np
from math import pi

rnd = np.random.RandomState(1234)
N = 40
xs = np.sort(rnd.uniform(-1, 1, N))
ts = np.sin(pi * xs) + 0.05 * rnd.randn(N)

nh = 8
w1 = rnd.randn(nh, 2)          # second column = bias
w2 = rnd.randn(nh + 1) * 0.3   # last one = bias
eta = 0.05

for epoch in range(600):
    E = 0.0
    for n in range(N):
        xi = np.array([xs[n], 1.0])
        a = np.zeros(nh)
        z = np.zeros(nh + 1)
        z[nh] = 1.0
        for j in range(nh):
            a[j] = w1[j, 0] * xi[0] + w1[j, 1] * xi[1]
            z[j] = np.tanh(a[j])
        y = np.dot(w2, z)

        dk = y - ts[n]
        dj = np.zeros(nh)
        for j in range(nh):
            dj[j] = (1 - z[j] ** 2) * w2[j] * dk

        for j in range(nh):
            for i in range(2):
                w1[j, i] -= eta * dj[j] * xi[i]
        for j in range(nh + 1):
            w2[j] -= eta * dk * z[j]

        E += 0.5 * (y - ts[n]) ** 2
    if epoch % 100 == 0:
        print(epoch, E)
