"""Fit sin(x) with a tanh network, batch gradient descent, everything by hand."""
from numpy import *
from numpy.random import RandomState

rs = RandomState(99)
x = linspace(-pi, pi, 50).reshape(-1, 1)
t = sin(x) + 0.05*rs.randn(50, 1)
M = len(x)

# 1 - 8 - 8 - 1
w1, c1 = rs.randn(1, 8), rs.randn(8)*0.1
w2, c2 = rs.randn(8, 8)*0.5, zeros(8)
w3, c3 = rs.randn(8, 1)*0.5, zeros(1)

eta = 0.05
for epoch in range(800):
    # forward
    u1 = x.dot(w1) + c1
    h1 = tanh(u1)
    u2 = h1.dot(w2) + c2
    h2 = tanh(u2)
    u3 = h2.dot(w3) + c3
    E = ((u3 - t)**2).sum() / (2*M)

    # backward
    e3 = (u3 - t) / M
    e2 = e3.dot(w3.T) * (1 - tanh(h2)**2)
    e1 = e2.dot(w2.T) * (1 - tanh(u1)**2)

    gw3, gc3 = h2.T.dot(e3), e3.sum(axis=0)
    gw2, gc2 = h1.T.dot(e2), e2.sum(axis=0)
    gw1, gc1 = x.T.dot(e1), e1.sum(axis=0)

    # step
    w3 -= eta*gw3; c3 -= eta*gc3
    w2 -= eta*gw2; c2 -= eta*gc2
    w1 -= eta*gw1; c1 -= eta*gc1

    if epoch % 200 == 0:
        print(epoch, E)

print('final E', E)
