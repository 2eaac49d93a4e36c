import numpy

# neural network class definition
class neuralNetwork:

    # initialise the neural network
    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.inodes = inputnodes
        self.hnodes = hiddennodes
        self.onodes = outputnodes

        # link weight matrices, wih and who
        # weights inside the arrays are w_i_j, where link is from node i to node j in the next layer
        self.wih = numpy.random.normal(0.0, pow(self.inodes, -0.5), (self.hnodes, self.inodes))
        self.who = numpy.random.normal(0.0, pow(self.hnodes, -0.5), (self.onodes, self.hnodes))

        self.lr = learningrate

        # activation function is the sigmoid function
        self.activation_function = lambda x: 1.0 / (1.0 + numpy.exp(-x))

    # train the neural network
    def train(self, inputs_list, targets_list):
        # convert inputs list to 2d array
        inputs = numpy.array(inputs_list, ndmin=2).T
        targets = numpy.array(targets_list, ndmin=2).T

        hidden_inputs = numpy.dot(self.wih, inputs)
        hidden_outputs = self.activation_function(hidden_inputs)
        final_inputs = numpy.dot(self.who, hidden_outputs)
        final_outputs = self.activation_function(final_inputs)

        # output layer error is the (target - actual)
        output_errors = targets - final_outputs
        # scaled by the slope of the output nodes
        output_slopes = output_errors * final_outputs * (1.0 - final_outputs)
        # hidden layer error, split by weights, recombined at hidden nodes
        hidden_errors = numpy.dot(self.who.T, output_slopes)

        # update the weights for the links between the hidden and output layers
        self.who += self.lr * numpy.dot(output_slopes, numpy.transpose(hidden_outputs))

        # update the weights for the links between the input and hidden layers
        self.wih += self.lr * numpy.dot((hidden_errors * hidden_outputs * (1.0 - hidden_outputs)), numpy.transpose(inputs))

    # query the neural network
    def query(self, inputs_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        hidden_outputs = self.activation_function(numpy.dot(self.wih, inputs))
        return self.activation_function(numpy.dot(self.who, hidden_outputs))


numpy.random.seed(12)
# 3x3 pictures of a row, a column and a diagonal
pictures = [
    ([1,1,1,0,0,0,0,0,0], 0), ([0,0,0,1,1,1,0,0,0], 0), ([0,0,0,0,0,0,1,1,1], 0),
    ([1,0,0,1,0,0,1,0,0], 1), ([0,1,0,0,1,0,0,1,0], 1), ([0,0,1,0,0,1,0,0,1], 1),
    ([1,0,0,0,1,0,0,0,1], 2), ([0,0,1,0,1,0,1,0,0], 2),
]
n = neuralNetwork(9, 12, 3, 0.3)
epochs = 400
for e in range(epochs):
    for pixels, label in pictures:
        inputs = numpy.asarray(pixels, dtype=float) * 0.98 + 0.01
        targets = numpy.zeros(3) + 0.01
        targets[label] = 0.99
        n.train(inputs, targets)

scorecard = []
for pixels, label in pictures:
    outputs = n.query(numpy.asarray(pixels) * 0.98 + 0.01)
    scorecard.append(1 if numpy.argmax(outputs) == label else 0)
print("performance = ", sum(scorecard) / len(scorecard))
