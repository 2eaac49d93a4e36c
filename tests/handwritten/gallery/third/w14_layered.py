import numpy as np

class FullyConnected:
    def __init__(self, fan_in, fan_out, rng):
        lim = np.sqrt(6 / (fan_in + fan_out))
        self.kernel = rng.uniform(-lim, lim, (fan_in, fan_out))
        self.offset = np.zeros((1, fan_out))
        self.cached_in = None

    def forward(self, inp):
        if self.cached_in is None:
            self.cached_in = inp
        return inp.dot(self.kernel) + self.offset

    def backward(self, upstream):
        self.d_kernel = self.cached_in.T.dot(upstream)
        self.d_offset = upstream.sum(axis=0, keepdims=True)
        return upstream.dot(self.kernel.T)

    def update(self, eta):
        self.kernel -= eta * self.d_kernel
        self.offset -= eta * self.d_offset

class Logistic:
    def forward(self, inp):
        self.out = 1 / (1 + np.exp(-inp))
        return self.out

    def backward(self, upstream):
        return upstream * self.out * (1 - self.out)

    def update(self, eta):
        pass

class SquaredError:
    def forward(self, guess, truth):
        self.guess, self.truth = guess, truth
        return 0.5 * np.sum((guess - truth) ** 2) / len(guess)

    def backward(self):
        return (self.guess - self.truth) / len(self.guess)

class Sequential:
    def __init__(self, layers, criterion):
        self.layers = layers
        self.criterion = criterion

    def forward(self, inp):
        for layer in self.layers:
            inp = layer.forward(inp)
        return inp

    def train_on_batch(self, inp, truth, eta):
        value = self.criterion.forward(self.forward(inp), truth)
        grad = self.criterion.backward()
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        for layer in self.layers:
            layer.update(eta)
        return value

def main():
    rng = np.random.default_rng(77)
    inp = rng.normal(size=(120, 4))
    truth = np.c_[inp[:, 0] > 0, inp[:, 1] * inp[:, 2] > 0].astype(float)
    model = Sequential([FullyConnected(4, 10, rng), Logistic(), FullyConnected(10, 2, rng), Logistic()], SquaredError())
    for epoch in range(40):
        losses = [model.train_on_batch(inp[i:i + 20], truth[i:i + 20], 1.0) for i in range(0, 120, 20)]
        if epoch % 10 == 0:
            print(epoch, np.mean(losses))

if __name__ == '__main__':
    main()
