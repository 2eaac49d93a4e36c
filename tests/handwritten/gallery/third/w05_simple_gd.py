import numpy as np
import matplotlib.pyplot as plt
# toy 2 class problem, gradient descent by hand

def make_data(n=60):
    rs = np.random.RandomState(8)
    a = rs.randn(n, 2) * .7 + [1, 1]
    b = rs.randn(n, 2) * .7 - [1, 1]
    return np.vstack([a, b]), np.hstack([np.ones(n), np.zeros(n)]).reshape(-1, 1)

def sigm(v):
    return 1.0 / (1.0 + np.exp(-v))

def forward(x, theta):
    h = sigm(x @ theta['w1'] + theta['b1'])
    return h, sigm(h @ theta['w2'] + theta['b2'])

def nll(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()

def gradients(x, t, theta):
    h, p = forward(x, theta)
    n = len(x)
    e2 = (t - p) / n
    e1 = e2 @ theta['w2'].T * h * (1 - h)
    return dict(w2=h.T @ e2, b2=e2.sum(0), w1=x.T @ e1, b1=e1.sum(0))

x, t = make_data()
rs = np.random.RandomState(0)
theta = {'w1': rs.randn(2, 5), 'b1': rs.randn(5), 'w2': rs.randn(5, 1), 'b2': rs.randn(1)}
curve = []
for it in range(100):
    g = gradients(x, t, theta)
    for name in theta:
        theta[name] = theta[name] - 0.5 * g[name]
    curve.append(nll(forward(x, theta)[1], t))

plt.figure()
plt.plot(curve)
plt.title('training loss')
plt.show()
print(curve[0], curve[-1])
