import random
import math


class NeuralNetwork:
    LEARNING_RATE = 0.5

    def __init__(self, num_inputs, num_hidden, num_outputs, seed=0):
        rnd = random.Random(seed)
        self.num_inputs = num_inputs
        self.hidden_layer = NeuronLayer(num_hidden, num_inputs, rnd)
        self.output_layer = NeuronLayer(num_outputs, num_hidden, rnd)

    def feed_forward(self, inputs):
        hidden_layer_outputs = self.hidden_layer.feed_forward(inputs)
        return self.output_layer.feed_forward(hidden_layer_outputs)

    # Uses online learning, ie updating the weights after each training case
    def train(self, training_inputs, training_outputs):
        self.feed_forward(training_inputs)

        # 1. Output neuron deltas
        pd_errors_wrt_output_neuron_total_net_input = [0] * len(self.output_layer.neurons)
        for o in range(len(self.output_layer.neurons)):
            # dE/dz_j
            pd_errors_wrt_output_neuron_total_net_input[o] = \
                self.output_layer.neurons[o].calculate_pd_error_wrt_total_net_input(training_outputs[o])

        # 2. Hidden neuron deltas
        pd_errors_wrt_hidden_neuron_total_net_input = [0] * len(self.hidden_layer.neurons)
        for h in range(len(self.hidden_layer.neurons)):
            # dE/dy_j = sum of dE/dz_j * dz/dy_j = sum of dE/dz_j * w_ij
            d_error_wrt_hidden_neuron_output = 0
            for o in range(len(self.output_layer.neurons)):
                d_error_wrt_hidden_neuron_output += \
                    pd_errors_wrt_output_neuron_total_net_input[o] * self.output_layer.neurons[o].weights[h]
            # dE/dz_j = dE/dy_j * dy/dz
            pd_errors_wrt_hidden_neuron_total_net_input[h] = \
                d_error_wrt_hidden_neuron_output * self.hidden_layer.neurons[h].calculate_pd_total_net_input_wrt_input()

        # 3. Update output neuron weights
        for o in range(len(self.output_layer.neurons)):
            neuron = self.output_layer.neurons[o]
            for w_ho in range(len(neuron.weights)):
                pd_error_wrt_weight = \
                    pd_errors_wrt_output_neuron_total_net_input[o] * neuron.calculate_pd_total_net_input_wrt_weight(w_ho)
                neuron.weights[w_ho] -= self.LEARNING_RATE * pd_error_wrt_weight
            neuron.bias -= self.LEARNING_RATE * pd_errors_wrt_output_neuron_total_net_input[o]

        # 4. Update hidden neuron weights
        for h in range(len(self.hidden_layer.neurons)):
            neuron = self.hidden_layer.neurons[h]
            for w_ih in range(len(neuron.weights)):
                pd_error_wrt_weight = \
                    pd_errors_wrt_hidden_neuron_total_net_input[h] * neuron.calculate_pd_total_net_input_wrt_weight(w_ih)
                neuron.weights[w_ih] -= self.LEARNING_RATE * pd_error_wrt_weight
            neuron.bias -= self.LEARNING_RATE * pd_errors_wrt_hidden_neuron_total_net_input[h]

    def calculate_total_error(self, training_sets):
        total_error = 0
        for training_inputs, training_outputs in training_sets:
            self.feed_forward(training_inputs)
            for o in range(len(training_outputs)):
                total_error += self.output_layer.neurons[o].calculate_error(training_outputs[o])
        return total_error


class NeuronLayer:
    def __init__(self, num_neurons, num_weights, rnd):
        self.neurons = []
        for i in range(num_neurons):
            n = Neuron(rnd.uniform(-0.5, 0.5))
            n.weights = [rnd.uniform(-1, 1) for _ in range(num_weights)]
            self.neurons.append(n)

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

    # logistic function
    def squash(self, total_net_input):
        return 1 / (1 + math.exp(-total_net_input))

    def calculate_pd_error_wrt_total_net_input(self, target_output):
        return self.calculate_pd_error_wrt_output(target_output) * self.calculate_pd_total_net_input_wrt_input()

    def calculate_error(self, target_output):
        return 0.5 * (target_output - self.output) ** 2

    def calculate_pd_error_wrt_output(self, target_output):
        return -(target_output - self.output)

    def calculate_pd_total_net_input_wrt_input(self):
        return self.output * (1 - self.output)

    def calculate_pd_total_net_input_wrt_weight(self, index):
        return self.weights[index]


nn = NeuralNetwork(2, 3, 2)
cases = [[[0.05, 0.1], [0.01, 0.99]], [[0.9, 0.3], [0.8, 0.1]]]
for i in range(300):
    ti, to = random.choice(cases)
    nn.train(ti, to)
    if i % 100 == 0:
        print(i, round(nn.calculate_total_error(cases), 9))
