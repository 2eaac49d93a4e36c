# Neural Networks Demystified style: hours of sleep / hours of study -> test score
import numpy as np

# X = (hours sleeping, hours studying), y = score on test
X = np.array(([3,5], [5,1], [10,2], [6,1.5]), dtype=float)
y = np.array(([75], [82], [93], [70]), dtype=float)

X = X/np.amax(X, axis=0)
y = y/100 #Max test score is 100


class Neural_Network(object):
    def __init__(self):
        #Define Hyperparameters
        self.inputLayerSize = 2
        self.outputLayerSize = 1
        self.hiddenLayerSize = 3

        #Weights (parameters)
        self.W1 = np.random.randn(self.inputLayerSize,self.hiddenLayerSize)
        self.W2 = np.random.randn(self.hiddenLayerSize,self.outputLayerSize)

    def forward(self, X):
        #Propogate inputs though network
        self.z2 = np.dot(X, self.W1)
        self.a2 = self.sigmoid(self.z2)
        self.z3 = np.dot(self.a2, self.W2)
        yHat = self.sigmoid(self.z3)
        return yHat

    def sigmoid(self, z):
        return 1/(1+np.exp(-z))

    def sigmoidPrime(self,z):
        #Gradient of sigmoid
        return np.exp(-z)/((1+np.exp(-z))**2)

    def costFunction(self, X, y):
        self.yHat = self.forward(X)
        J = 0.5*sum((y-self.yHat)**2)
        return J[0]

    def costFunctionPrime(self, X, y):
        #Compute derivative with respect to W1 and W2
        self.yHat = self.forward(X)

        delta3 = np.multiply(-(y-self.yHat), self.sigmoidPrime(self.z3))
        dJdW2 = np.dot(self.a2.T, delta3)

        delta2 = np.dot(delta3*self.sigmoidPrime(self.z3), self.W2.T)*self.sigmoidPrime(self.z2)
        dJdW1 = np.dot(X.T, delta2)

        return dJdW1, dJdW2


class trainer(object):
    def __init__(self, N, learningRate=3.0):
        self.N = N
        self.rate = learningRate
        self.J = []

    def train(self, X, y, iterations=100):
        for it in range(iterations):
            dJdW1, dJdW2 = self.N.costFunctionPrime(X, y)
            self.N.W1 = self.N.W1 - self.rate*dJdW1
            self.N.W2 = self.N.W2 - self.rate*dJdW2
            self.J.append(self.N.costFunction(X, y))


np.random.seed(7)
NN = Neural_Network()
T = trainer(NN)
T.train(X, y)
print('cost: %g -> %g' % (T.J[0], T.J[-1]))
print(NN.forward(X))
