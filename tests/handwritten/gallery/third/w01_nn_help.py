# why does my network get stuck at 0.5 ??? (python 3)
import numpy as np

class NN:
    def __init__(self, X, y, hidden=4):
        self.input = X
        self.y = y
        self.weights1 = np.random.rand(self.input.shape[1], hidden)
        self.weights2 = np.random.rand(hidden, 1)
        self.output = np.zeros(self.y.shape)

    def sigmoid(self, x):
        return 1.0/(1+ np.exp(-x))

    def sigmoid_derivative(self, x):
        return self.sigmoid(x) * (1.0 - self.sigmoid(x))

    def feedforward(self):
        self.layer1 = self.sigmoid(np.dot(self.input, self.weights1))
        self.output = self.sigmoid(np.dot(self.layer1, self.weights2))

    def backprop(self):
        # application of the chain rule to find derivative of the loss function with respect to weights2 and weights1
        d2 = 2*(self.y - self.output) * self.sigmoid_derivative(self.output)
        d_weights2 = np.dot(self.layer1.T, d2)
        d1 = np.dot(d2, self.weights2.T) * self.layer1 * (1 - self.layer1)
        d_weights1 = np.dot(self.input.T, d1)

        # update the weights with the derivative (slope) of the loss function
        self.weights1 += d_weights1
        self.weights2 += d_weights2


if __name__ == "__main__":
    X = np.array([[0,0,1],
                  [0,1,1],
                  [1,0,1],
                  [1,1,1]])
    y = np.array([[0],[1],[1],[0]])
    nn = NN(X,y)

    for i in range(1500):
        nn.feedforward()
        nn.backprop()

    print(nn.output)
    print("loss", np.sum((y - nn.output)**2))
