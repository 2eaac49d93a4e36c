import math, random

class NeuralNetwork:
    LEARNING_RATE = 0.5

    def __init__(self, num_inputs, num_hidden, num_outputs, hidden_layer_weights=None, hidden_layer_bias=None, output_layer_weights=None, output_layer_bias=None):
        self.num_inputs = num_inputs
        self.hidden_layer = NeuronLayer(num_hidden, hidden_layer_bias)
        self.output_layer = NeuronLayer(num_outputs, output_layer_bias)
        self.fill(self.hidden_layer, num_inputs, hidden_layer_weights)
        self.fill(self.output_layer, num_hidden, output_layer_weights)

    def fill(self, layer, n, given):
        k = 0
        for neuron in layer.neurons:
            for i in range(n):
                neuron.weights.append(random.random() if given is None else given[k])
                k += 1

    def feed_forward(self, inputs):
        return self.output_layer.feed_forward(self.hidden_layer.feed_forward(inputs))

    def train(self, training_inputs, training_outputs):
        self.feed_forward(training_inputs)

        # 1. Output neuron deltas   dE/dz_j
        pd_out = [0] * len(self.output_layer.neurons)
        for o, n in enumerate(self.output_layer.neurons):
            pd_out[o] = n.pd_error_wrt_total_net_input(training_outputs[o])

        # 2. Hidden neuron deltas   dE/dy_j = sum dE/dz_j * w_ij
        pd_hid = [0] * len(self.hidden_layer.neurons)
        for h, n in enumerate(self.hidden_layer.neurons):
            d = 0
            for o in range(len(self.output_layer.neurons)):
                d += pd_out[o] * self.output_layer.neurons[o].weights[h]
            pd_hid[h] = d * n.pd_total_net_input_wrt_input()

        # 3. Update output neuron weights
        for o, n in enumerate(self.output_layer.neurons):
            for w_ho in range(len(n.weights)):
                n.weights[w_ho] -= self.LEARNING_RATE * pd_out[o] * n.inputs[w_ho]
            n.bias -= self.LEARNING_RATE * pd_out[o]

        # 4. Update hidden neuron weights
        for h, n in enumerate(self.hidden_layer.neurons):
            for w_ih in range(len(n.weights)):
                n.weights[w_ih] -= self.LEARNING_RATE * pd_hid[h] * n.inputs[w_ih]
            n.bias -= self.LEARNING_RATE * pd_hid[h]

    def calculate_total_error(self, training_sets):
        total = 0
        for inp, out in training_sets:
            self.feed_forward(inp)
            for o in range(len(out)):
                total += self.output_layer.neurons[o].calculate_error(out[o])
        return total

class NeuronLayer:
    def __init__(self, num_neurons, bias):
        self.neurons = [Neuron(bias if bias is not None else random.random()) for _ in range(num_neurons)]

    def feed_forward(self, inputs):
        return [neuron.calculate_output(inputs) for neuron in self.neurons]

class Neuron:
    def __init__(self, bias):
        self.bias = bias
        self.weights = []

    def calculate_output(self, inputs):
        self.inputs = inputs
        self.output = self.squash(self.calculate_total_net_input())
        return self.output

    def calculate_total_net_input(self):
        total = 0
        for i in range(len(self.inputs)):
            total += self.inputs[i] * self.weights[i]
        return total + self.bias

    def squash(self, total_net_input):
        return 1 / (1 + math.exp(-total_net_input))

    def pd_error_wrt_total_net_input(self, target_output):
        return self.pd_error_wrt_output(target_output) * self.pd_total_net_input_wrt_input()

    def calculate_error(self, target_output):
        return 0.5 * (target_output - self.output) ** 2

    def pd_error_wrt_output(self, target_output):
        return -(target_output - self.output)

    def pd_total_net_input_wrt_input(self):
        return self.output * (1 - self.output)

nn = NeuralNetwork(2, 2, 2, hidden_layer_weights=[0.15, 0.2, 0.25, 0.3], hidden_layer_bias=0.35, output_layer_weights=[0.4, 0.45, 0.5, 0.55], output_layer_bias=0.6)
for i in range(1000):
    nn.train([0.05, 0.1], [0.01, 0.99])
    if i % 200 == 0:
        print(i, round(nn.calculate_total_error([[[0.05, 0.1], [0.01, 0.99]]]), 9))
