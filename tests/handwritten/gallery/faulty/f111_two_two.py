# pure python: 2 - 2 - 2, tanh hidden, softmax + cross entropy, batch gradient descent
import math, random

random.seed(4)
n_in, n_hid, n_out = 2, 2, 2
W = [[random.gauss(0, 1) for _ in range(n_in)] for _ in range(n_hid)]    # hidden x input
bW = [0.0] * n_hid
V = [[random.gauss(0, 1) for _ in range(n_hid)] for _ in range(n_out)]   # output x hidden
bV = [0.0] * n_out

xs = [(random.uniform(-1, 1), random.uniform(-1, 1)) for _ in range(24)]
labels = [1 if x[0] * x[0] + x[1] > 0.3 else 0 for x in xs]

def forward(x):
    h = [math.tanh(bW[i] + sum(W[i][k] * x[k] for k in range(n_in))) for i in range(n_hid)]
    s = [bV[j] + sum(V[j][i] * h[i] for i in range(n_hid)) for j in range(n_out)]
    top = max(s)
    e = [math.exp(v - top) for v in s]
    tot = sum(e)
    return h, [v / tot for v in e]

def loss():
    total = 0.0
    for x, c in zip(xs, labels):
        total -= math.log(forward(x)[1][c])
    return total / len(xs)

def gradient():
    gW = [[0.0] * n_in for _ in range(n_hid)]
    gbW = [0.0] * n_hid
    gV = [[0.0] * n_hid for _ in range(n_out)]
    gbV = [0.0] * n_out
    n = len(xs)
    for x, c in zip(xs, labels):
        h, p = forward(x)
        d_out = [(p[j] - (1.0 if j == c else 0.0)) / n for j in range(n_out)]
        d_hid = d_out
        for i in range(n_hid):
            back = 0.0
            for j in range(n_out):
                back += V[j][i] * d_out[j]
            d_hid[i] = back * (1 - h[i] ** 2)
        for j in range(n_out):
            for i in range(n_hid):
                gV[j][i] += d_out[j] * h[i]
            gbV[j] += d_out[j]
        for i in range(n_hid):
            for k in range(n_in):
                gW[i][k] += d_hid[i] * x[k]
            gbW[i] += d_hid[i]
    return gW, gbW, gV, gbV

rate = 0.5
for step in range(200):
    gW, gbW, gV, gbV = gradient()
    for i in range(n_hid):
        for k in range(n_in):
            W[i][k] -= rate * gW[i][k]
        bW[i] -= rate * gbW[i]
    for j in range(n_out):
        for i in range(n_hid):
            V[j][i] -= rate * gV[j][i]
        bV[j] -= rate * gbV[j]
    if step % 50 == 0:
        print(step, "%.5f" % loss())
print("end %.5f" % loss())
