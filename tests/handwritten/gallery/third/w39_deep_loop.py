import numpy as np


def relu(z): return np.maximum(z, 0)


class DeepNeuralNetwork(object):
    """ deep network performing binary classification (holberton style) """

    def __init__(self, nx, layers):
        if type(nx) is not int:
            raise TypeError("nx must be an integer")
        if nx < 1:
            raise ValueError("nx must be a positive integer")
        self.L = len(layers)
        self.cache = {}
        self.weights = {}
        sizes = [nx] + layers
        for i in range(1, self.L + 1):
            self.weights["W{}".format(i)] = (np.random.randn(sizes[i], sizes[i - 1])
                                             * np.sqrt(2 / sizes[i - 1]))
            self.weights["b{}".format(i)] = np.zeros((sizes[i], 1))

    def forward_prop(self, X):
        self.cache["A0"] = X
        for i in range(1, self.L + 1):
            Z = (np.matmul(self.weights["W{}".format(i)], self.cache["A{}".format(i - 1)])
                 + self.weights["b{}".format(i)])
            self.cache["A{}".format(i)] = relu(Z) if i < self.L else 1 / (1 + np.exp(-Z))
        return self.cache["A{}".format(self.L)], self.cache

    def cost(self, Y, A):
        m = Y.shape[1]
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1.0000001 - A)) / m

    def gradient_descent(self, Y, cache, alpha=0.05):
        m = Y.shape[1]
        W = {k: v.copy() for k, v in self.weights.items()}
        dz = cache["A{}".format(self.L)] - Y
        for i in range(self.L, 0, -1):
            A_prev = cache["A{}".format(i - 1)]
            dw = np.matmul(dz, A_prev.T) / m
            db = np.sum(dz, axis=1, keepdims=True) / m
            self.weights["W{}".format(i)] = W["W{}".format(i)] - alpha * dw
            self.weights["b{}".format(i)] = W["b{}".format(i)] - alpha * db
            if i > 2:
                dz = np.matmul(W["W{}".format(i)].T, dz) * (A_prev > 0)
            else:
                dz = np.matmul(W["W{}".format(i)].T, dz)

    def train(self, X, Y, iterations=200, alpha=0.05):
        for i in range(iterations):
            A, cache = self.forward_prop(X)
            if i % 50 == 0:
                print("Cost after {} iterations: {}".format(i, self.cost(Y, A)))
            self.gradient_descent(Y, cache, alpha)
        return self.cost(Y, self.forward_prop(X)[0])


if __name__ == '__main__':
    np.random.seed(0)
    X = np.random.randn(4, 100)
    Y = (X[:1] + X[1:2] ** 2 > 0.8).astype(int)
    deep = DeepNeuralNetwork(4, [8, 5, 1])
    print(deep.train(X, Y))
