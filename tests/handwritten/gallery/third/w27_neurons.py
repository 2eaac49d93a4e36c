import random
from math import exp

class Neuron:
    def __init__(self, n_inputs):
        self.w = [random.uniform(-1, 1) for _ in range(n_inputs)]
        self.bias = random.uniform(-1, 1)
        self.out = None
        self.delta = None

    def fire(self, inputs):
        self.inputs = inputs
        s = self.bias + sum(wi * xi for wi, xi in zip(self.w, inputs))
        self.out = 1.0 / (1.0 + exp(-s))
        return self.out

    def adjust(self, rate):
        for i, xi in enumerate(self.inputs):
            self.w[i] -= rate * self.delta * xi
        self.bias += rate * self.delta

class Layer:
    def __init__(self, n_neurons, n_inputs):
        self.neurons = [Neuron(n_inputs) for _ in range(n_neurons)]
    def __iter__(self): return iter(self.neurons)
    def __len__(self): return len(self.neurons)
    def forward(self, inputs): return [n.fire(inputs) for n in self]

class NeuralNet:
    def __init__(self, *topology):
        self.layers = [Layer(n, m) for m, n in zip(topology, topology[1:])]

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, expected):
        # output layer
        for n, t in zip(self.layers[-1], expected):
            n.delta = (n.out - t) * n.out * (1 - n.out)
        # hidden layers
        for k in range(len(self.layers) - 2, -1, -1):
            for j, n in enumerate(self.layers[k]):
                err = 0.0
                for m in self.layers[k + 1]:
                    err = m.w[j] * m.delta
                n.delta = err * n.out * (1 - n.out)

    def train(self, samples, rate=0.5, rounds=300):
        for r in range(rounds):
            total = 0.0
            for x, t in samples:
                out = self.predict(x)
                total += sum((o - ti) ** 2 for o, ti in zip(out, t)) / 2
                self.backward(t)
                for layer in self.layers:
                    for n in layer: n.adjust(rate)
            if r % 100 == 0:
                print('round', r, 'error', total)

if __name__ == '__main__':
    random.seed(3)
    # half adder
    samples = [([0, 0], [0, 0]), ([0, 1], [1, 0]), ([1, 0], [1, 0]), ([1, 1], [0, 1])]
    net = NeuralNet(2, 3, 2)
    net.train(samples)
    for x, t in samples: print(x, t, net.predict(x))
