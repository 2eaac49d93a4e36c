from random import seed, random, shuffle
from math import exp

def make_network(layer_sizes):
    net = []
    for n_prev, n_now in zip(layer_sizes[:-1], layer_sizes[1:]):
        net.append([{'weights': [random() - 0.5 for _ in range(n_prev)], 'bias': random() - 0.5} for _ in range(n_now)])
    return net

def sigmoid(v):
    return 1.0 / (1.0 + exp(-v))

def forward(net, features):
    signal = list(features)
    for layer in net:
        nxt = []
        for unit in layer:
            total = unit['bias']
            for w, s in zip(unit['weights'], signal):
                total += w * s
            unit['output'] = sigmoid(total)
            nxt.append(unit['output'])
        signal = nxt
    return signal

def backward(net, target):
    last = len(net) - 1
    for i in reversed(range(len(net))):
        for j, unit in enumerate(net[i]):
            if i == last:
                error = target[j] - unit['output']
            else:
                error = sum(nxt['weights'][j] * nxt['delta'] for nxt in net[i + 1])
            unit['delta'] = error * unit['output'] * (1.0 - unit['output'])

def update(net, features, rate):
    for i, layer in enumerate(net):
        inputs = features
        for unit in layer:
            for j in range(len(unit['weights'])):
                unit['weights'][j] += rate * unit['delta'] * inputs[j]
            unit['bias'] += rate * unit['delta']

def squared_error(net, rows):
    return sum(0.5 * sum((t - o) ** 2 for t, o in zip(target, forward(net, f))) for f, target in rows)

def fit(net, rows, rate, epochs):
    for epoch in range(epochs):
        for features, target in rows:
            forward(net, features)
            backward(net, target)
            update(net, features, rate)
        if epoch % 10 == 0:
            print('epoch', epoch, 'error %.4f' % squared_error(net, rows))

if __name__ == '__main__':
    seed(7)
    rows = []
    for k in range(3):
        for _ in range(15):
            f = [random() * 0.3 + (0.7 if k == c else 0.0) for c in range(3)]
            rows.append((f, [1.0 if k == c else 0.0 for c in range(3)]))
    shuffle(rows)
    net = make_network([3, 3, 3])
    fit(net, rows, 0.3, 31)
