import random
import math

# A feed-forward network made of Neuron objects. One bias per neuron.

class NeuralNetwork:
    LEARNING_RATE = 0.5

    def __init__(self, num_inputs, num_hidden, num_outputs):
        self.num_inputs = num_inputs
        self.hidden_layer = NeuronLayer(num_hidden, num_inputs)
        self.output_layer = NeuronLayer(num_outputs, num_hidden)

    def feed_forward(self, inputs):
        return self.output_layer.feed_forward(self.hidden_layer.feed_forward(inputs))

    def train(self, training_inputs, training_outputs):
        self.feed_forward(training_inputs)

        # 1. Output neuron deltas   dE/dz_j
        pd_out = [0] * len(self.output_layer.neurons)
        for o in range(len(self.output_layer.neurons)):
            pd_out[o] = self.output_layer.neurons[o].calculate_pd_error_wrt_total_net_input(training_outputs[o])

        # 2. Hidden neuron deltas
        pd_hid = [0] * len(self.hidden_layer.neurons)
        for h in range(len(self.hidden_layer.neurons)):
            d_error = 0
            for o in range(len(self.output_layer.neurons)):
                d_error += pd_out[o] * self.output_layer.neurons[o].weights[h]
            pd_hid[h] = d_error * self.hidden_layer.neurons[h].calculate_pd_total_net_input_wrt_input()

        # 3. Update output neuron weights
        for o, neuron in enumerate(self.output_layer.neurons):
            for w_ho in range(len(neuron.weights)):
                neuron.weights[w_ho] -= self.LEARNING_RATE * pd_out[o] * neuron.inputs[w_ho]
            neuron.bias -= self.LEARNING_RATE * pd_out[o]

        # 4. Update hidden neuron weights
        for h, neuron in enumerate(self.hidden_layer.neurons):
            for w_ih in range(len(neuron.weights)):
                neuron.weights[w_ih] -= self.LEARNING_RATE * pd_hid[h] * neuron.inputs[w_ih]
            neuron.bias -= self.LEARNING_RATE * pd_hid[h]

    def calculate_total_error(self, training_sets):
        total_error = 0
        for inp, out in training_sets:
            self.feed_forward(inp)
            for o in range(len(out)):
                total_error += self.output_layer.neurons[o].calculate_error(out[o])
        return total_error


class NeuronLayer:
    def __init__(self, num_neurons, num_in):
        self.neurons = []
        for i in range(num_neurons):
            n = Neuron(random.uniform(-1, 1))
            for _ in range(num_in):
                n.weights.append(random.uniform(-1, 1))
            self.neurons.append(n)

    def feed_forward(self, inputs):
        return [n.calculate_output(inputs) for n in self.neurons]


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

    def calculate_pd_error_wrt_total_net_input(self, target_output):
        return self.calculate_pd_error_wrt_output(target_output) * self.calculate_pd_total_net_input_wrt_input()

    def calculate_error(self, target_output):
        return 0.5 * (target_output - self.output) ** 2

    def calculate_pd_error_wrt_output(self, target_output):
        return -(target_output - self.output)

    def calculate_pd_total_net_input_wrt_input(self):
        return self.output * (1 - self.output)


if __name__ == '__main__':
    random.seed(3)
    training_sets = [
        [[0, 0], [0, 0]],
        [[0, 1], [1, 0]],
        [[1, 0], [1, 0]],
        [[1, 1], [0, 1]],
    ]
    nn = NeuralNetwork(2, 5, 2)
    for i in range(8000):
        training_inputs, training_outputs = random.choice(training_sets)
        nn.train(training_inputs, training_outputs)
        if i % 1000 == 0:
            print(i, round(nn.calculate_total_error(training_sets), 9))
