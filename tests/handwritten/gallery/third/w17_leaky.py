import math, random
# leaky relu network, list comprehensions only
random.seed(99)

dot   = lambda u, v: sum(a*b for a, b in zip(u, v))
leaky = lambda z: z if z > 0 else 0.1*z
dleaky = lambda z: 1.0 if z > 0 else 0.01

def mat(rows, cols): return [[random.gauss(0, 1/math.sqrt(cols)) for _ in range(cols)] for _ in range(rows)]

class Net:
    def __init__(self, *sizes):
        self.W = [mat(o, i) for i, o in zip(sizes, sizes[1:])]
        self.b = [[0.0]*o for o in sizes[1:]]

    def forward(self, x):
        self.z, self.a = [], [x]
        for k, (W, b) in enumerate(zip(self.W, self.b)):
            z = [dot(row, self.a[-1]) + bi for row, bi in zip(W, b)]
            self.z.append(z)
            self.a.append([leaky(t) for t in z] if k < len(self.W)-1 else z)
        return self.a[-1]

    def backward(self, t):
        delta = [o - ti for o, ti in zip(self.a[-1], t)]
        grads = []
        for k in reversed(range(len(self.W))):
            grads.append(([[d*a for a in self.a[k]] for d in delta], delta[:]))
            if k:
                delta = [sum(self.W[k][i][j]*delta[i] for i in range(len(delta)))*dleaky(self.z[k-1][j])
                         for j in range(len(self.a[k]))]
        return grads[::-1]

    def sgd(self, x, t, lr):
        self.forward(x)
        for W, b, (gW, gb) in zip(self.W, self.b, self.backward(t)):
            for i in range(len(W)):
                b[i] -= lr*gb[i]
                for j in range(len(W[i])):
                    W[i][j] -= lr*gW[i][j]

def half_sq(net, data): return sum(0.5*sum((o-ti)**2 for o, ti in zip(net.forward(x), t)) for x, t in data)/len(data)

if __name__ == '__main__':
    data = [([a/5, b/5], [a*b/25]) for a in range(-5, 6) for b in range(-5, 6)]
    net = Net(2, 6, 4, 1)
    for epoch in range(21):
        random.shuffle(data)
        for x, t in data: net.sgd(x, t, 0.02)
        if epoch % 5 == 0: print(epoch, half_sq(net, data))
