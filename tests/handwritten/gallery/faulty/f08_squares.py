# Network with pluggable cost + weight decay, after "Neural Networks and Deep Learning" ch. 3
import random
import numpy as np

class QuadraticCost:
    @staticmethod
    def fn(a, y):
        return 0.5*np.linalg.norm(a-y)**2
    @staticmethod
    def delta(z, a, y):
        return (a-y) * sigmoid_prime(z)

class CrossEntropyCost:
    @staticmethod
    def fn(a, y):
        return np.sum(np.nan_to_num(-y*np.log(a)-(1-y)*np.log(1-a)))
    @staticmethod
    def delta(z, a, y):
        return (a-y)

class Network:

    def __init__(self, sizes, cost=CrossEntropyCost):
        self.num_layers = len(sizes)
        self.sizes = sizes
        self.default_weight_initializer()
        self.cost = cost

    def default_weight_initializer(self):
        self.biases = [np.random.randn(y, 1) for y in self.sizes[1:]]
        self.weights = [np.random.randn(y, x)/np.sqrt(x)
                        for x, y in zip(self.sizes[:-1], self.sizes[1:])]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a)+b)
        return a

    def SGD(self, training_data, epochs, mini_batch_size, eta, lmbda=0.0):
        n = len(training_data)
        training_cost = []
        for j in range(epochs):
            random.shuffle(training_data)
            for k in range(0, n, mini_batch_size):
                self.update_mini_batch(training_data[k:k+mini_batch_size], eta, lmbda, n)
            training_cost.append(self.total_cost(training_data, lmbda))
        return training_cost

    def update_mini_batch(self, mini_batch, eta, lmbda, n):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            dnb, dnw = self.backprop(x, y)
            for i in range(self.num_layers-1):
                nabla_b[i] = nabla_b[i] + dnb[i]
                nabla_w[i] = nabla_w[i] + dnw[i]
        m = len(mini_batch)
        # the lmbda term is the weight decay
        self.weights = [w - eta*(lmbda/n)*w - (eta/m)*nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - eta*(lmbda/n)*b - (eta/m)*nb for b, nb in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        nabla_b, nabla_w = [], []
        a = x
        activations, zs = [x], []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, a)+b
            a = sigmoid(z)
            zs.append(z)
            activations.append(a)
        delta = (self.cost).delta(zs[-1], activations[-1], y)
        nabla_b.insert(0, delta)
        nabla_w.insert(0, np.dot(delta, activations[-2].T))
        for l in range(self.num_layers-2, 0, -1):
            sp = sigmoid_prime(zs[l-1])
            delta = np.dot(self.weights[l].T, delta) * sp
            nabla_b.insert(0, delta)
            nabla_w.insert(0, np.dot(delta, activations[l-1].T))
        return nabla_b, nabla_w

    def total_cost(self, data, lmbda):
        cost = 0.0
        for x, y in data:
            cost += self.cost.fn(self.feedforward(x), y)/len(data)
        cost += 0.5*(lmbda/len(data))*sum(np.linalg.norm(w)**2 for w in self.weights)
        return cost

def sigmoid(z):
    return 1.0/(1.0+np.exp(-z))

def sigmoid_prime(z):
    s = sigmoid(z)
    return s*(1-s)

def make_data(n=30):
    """points in a square, class = which corner is nearest"""
    out = []
    for _ in range(n):
        p = np.random.uniform(-1, 1, size=(2, 1))
        k = (p[0, 0] > 0) + 2*(p[1, 0] > 0)
        y = np.zeros((4, 1)); y[int(k)] = 1
        out.append((p, y))
    return out

if __name__ == '__main__':
    random.seed(0); np.random.seed(0)
    d = make_data()
    net = Network([2, 6, 4])
    costs = net.SGD(d, 30, 10, 0.5, lmbda=0.1)
    for ep in range(0, 30, 10):
        print("Epoch %d: cost %.4f" % (ep, costs[ep]))
