import numpy

# neural network class definition
class neuralNetwork:

    # initialise the neural network
    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.inodes = inputnodes
        self.hnodes = hiddennodes
        self.onodes = outputnodes
        self.wih = numpy.random.normal(0.0, pow(self.inodes, -0.5), (self.hnodes, self.inodes))
        self.who = numpy.random.normal(0.0, pow(self.hnodes, -0.5), (self.onodes, self.hnodes))
        self.lr = learningrate
        self.activation_function = lambda x: 1 / (1 + numpy.exp(-x))

    # train the neural network
    def train(self, inputs_list, targets_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        targets = numpy.array(targets_list, ndmin=2).T

        hidden_inputs = numpy.dot(self.wih, inputs)
        hidden_outputs = self.activation_function(hidden_inputs)
        final_inputs = numpy.dot(self.who, hidden_outputs)
        final_outputs = self.activation_function(final_inputs)

        # output layer error is the (actual - target)
        output_errors = final_outputs
        output_errors -= targets
        output_grad = -output_errors * final_outputs * (1.0 - final_outputs)
        # hidden layer error
        hidden_errors = numpy.dot(self.who.T, output_grad)
        hidden_grad = hidden_errors * hidden_outputs * (1.0 - hidden_outputs)

        # update the weights for the links between the hidden and output layers
        self.who += self.lr * numpy.dot(output_grad, numpy.transpose(hidden_outputs))
        # update the weights for the links between the input and hidden layers
        self.wih += self.lr * numpy.dot(hidden_grad, numpy.transpose(inputs))

    # query the neural network
    def query(self, inputs_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        hidden_outputs = self.activation_function(numpy.dot(self.wih, inputs))
        final_outputs = self.activation_function(numpy.dot(self.who, hidden_outputs))
        return final_outputs


input_nodes = 5
hidden_nodes = 4
output_nodes = 3
learning_rate = 0.3

numpy.random.seed(2)
n = neuralNetwork(input_nodes, hidden_nodes, output_nodes, learning_rate)

records = ["0,12,255,30,7,90", "2,200,10,10,250,3", "1,99,98,97,5,180", "0,3,240,60,20,70", "2,180,30,0,255,9"]
for e in range(40):
    for record in records:
        all_values = record.split(',')
        # scale and shift the inputs
        inputs = (numpy.asarray([float(v) for v in all_values[1:]]) / 255.0 * 0.99) + 0.01
        targets = numpy.zeros(output_nodes) + 0.01
        targets[int(all_values[0])] = 0.99
        n.train(inputs, targets)

for record in records:
    all_values = record.split(',')
    out = n.query((numpy.asarray([float(v) for v in all_values[1:]]) / 255.0 * 0.99) + 0.01)
    print(all_values[0], numpy.argmax(out))
