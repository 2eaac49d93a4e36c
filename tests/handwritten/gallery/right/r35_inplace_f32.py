import numpy as np

# buffers are allocated once, all products go into them with out=

B, I, H, O = 64, 8, 24, 4
dt = np.float32
g = np.random.default_rng(77)

w_ih = g.standard_normal((I, H), dtype=dt) * dt(0.35)
b_h = np.zeros(H, dt)
w_ho = g.standard_normal((H, O), dtype=dt) * dt(0.2)
b_o = np.zeros(O, dt)

hid = np.empty((B, H), dt)
out = np.empty((B, O), dt)
d_hid = np.empty((B, H), dt)
gw_ih = np.empty_like(w_ih)
gw_ho = np.empty_like(w_ho)


def forward(x):
    np.dot(x, w_ih, out=hid)
    np.add(hid, b_h, out=hid)
    np.maximum(hid, 0, out=hid)
    np.dot(hid, w_ho, out=out)
    np.add(out, b_o, out=out)
    np.subtract(out, out.max(axis=1, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=1, keepdims=True), out=out)
    return out


def train_step(x, labels, lr):
    p = forward(x)
    rows = np.arange(B)
    loss = float(-np.log(p[rows, labels]).mean())
    # out becomes dL/dlogits
    p[rows, labels] -= 1
    p *= dt(1.0 / B)
    np.dot(p, w_ho.T, out=d_hid)
    np.multiply(d_hid, hid > 0, out=d_hid)
    np.dot(hid.T, p, out=gw_ho)
    np.dot(x.T, d_hid, out=gw_ih)
    w_ho[...] -= lr * gw_ho
    b_o[...] -= lr * p.sum(axis=0)
    w_ih[...] -= lr * gw_ih
    b_h[...] -= lr * d_hid.sum(axis=0)
    return loss


def batches(n):
    centers = np.random.default_rng(5).standard_normal((O, I)) * 1.2
    for _ in range(n):
        lab = g.integers(0, O, B)
        yield (centers[lab] + g.standard_normal((B, I))).astype(dt), lab


if __name__ == "__main__":
    for k, (x, lab) in enumerate(batches(400)):
        l = train_step(x, lab, dt(0.1))
        if k % 80 == 0:
            print(k, "%.4f" % l)
