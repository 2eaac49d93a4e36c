# ML course exercise 4 (octave -> python)
import numpy as np

input_layer_size, hidden_layer_size, num_labels = 6, 7, 3
lam = 0.1

def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))

def sigmoid_gradient(z):
    g = sigmoid(z)
    return g * (1 - g)

def rand_initialize_weights(l_in, l_out):
    epsilon_init = 0.4
    return np.random.rand(l_out, 1 + l_in) * 2 * epsilon_init - epsilon_init

def nn_cost_function(nn_params, X, y, lam):
    split = hidden_layer_size * (input_layer_size + 1)
    Theta1 = nn_params[:split].reshape(hidden_layer_size, input_layer_size + 1)
    Theta2 = nn_params[split:].reshape(num_labels, hidden_layer_size + 1)
    m = X.shape[0]

    # Part 1: cost
    a1 = np.c_[np.ones(m), X]
    z2 = a1.dot(Theta1.T)
    a2 = np.c_[np.ones(m), sigmoid(z2)]
    z3 = a2.dot(Theta2.T)
    h = sigmoid(z3)
    Y = np.eye(num_labels)[y]
    J = np.sum(-Y * np.log(h) - (1 - Y) * np.log(1 - h)) / m
    J += lam / (2 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))

    # Part 2: gradients
    d3 = h - Y
    d2 = d3.dot(Theta2[:, :-1]) * sigmoid_gradient(z2)
    Theta1_grad = d2.T.dot(a1) / m
    Theta2_grad = d3.T.dot(a2) / m
    # Part 3: regularization
    Theta1_grad[:, 1:] += lam / m * Theta1[:, 1:]
    Theta2_grad[:, 1:] += lam / m * Theta2[:, 1:]
    return J, np.r_[Theta1_grad.ravel(), Theta2_grad.ravel()]

if __name__ == '__main__':
    np.random.seed(5)
    y = np.random.randint(0, num_labels, 60)
    X = np.random.randn(60, input_layer_size) + np.random.randn(num_labels, input_layer_size)[y]
    nn_params = np.r_[rand_initialize_weights(input_layer_size, hidden_layer_size).ravel(),
                      rand_initialize_weights(hidden_layer_size, num_labels).ravel()]
    for i in range(150):
        J, grad = nn_cost_function(nn_params, X, y, lam)
        nn_params = nn_params - 0.8 * grad
        if i % 50 == 0:
            print('Iteration %d | Cost: %f' % (i, J))
