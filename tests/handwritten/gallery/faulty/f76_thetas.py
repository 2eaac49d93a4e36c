# ex4 (machine learning course) in numpy: neural network learning with unrolled thetas
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoidGradient(z):
    g = sigmoid(z)
    return g * (1 - g)


def randInitializeWeights(L_in, L_out, epsilon_init=0.8):
    return np.random.rand(L_out, 1 + L_in) * 2 * epsilon_init - epsilon_init


def unroll(nn_params, input_layer_size, hidden_layer_size, num_labels):
    split = hidden_layer_size * (input_layer_size + 1)
    Theta1 = nn_params[:split].reshape(hidden_layer_size, input_layer_size + 1)
    Theta2 = nn_params[split:].reshape(num_labels, hidden_layer_size + 1)
    return Theta1, Theta2


def nnCostFunction(nn_params, input_layer_size, hidden_layer_size, num_labels, X, y, lambda_):
    Theta1, Theta2 = unroll(nn_params, input_layer_size, hidden_layer_size, num_labels)
    m = X.shape[0]
    J = 0.0
    Theta1_grad = np.zeros(Theta1.shape)
    Theta2_grad = np.zeros(Theta2.shape)
    I = np.eye(num_labels)

    for t in range(m):
        # step 1: forward
        a_1 = np.r_[1, X[t]]
        z_2 = Theta1.dot(a_1)
        a_2 = np.r_[1, sigmoid(z_2)]
        z_3 = Theta2.dot(a_2)
        a_3 = sigmoid(z_3)
        yk = I[y[t]]
        J += np.sum(-yk * np.log(a_3) - (1 - yk) * np.log(1 - a_3))

        # step 2: output delta
        d_3 = a_3 - yk
        # step 3: hidden delta
        d_2 = Theta2.T.dot(d_3)[1:] * sigmoidGradient(z_2)
        # step 4: accumulate
        Theta2_grad += np.outer(d_3, a_2)
        Theta1_grad += np.outer(d_2, a_1)

    J = J / m
    Theta1_grad = Theta1_grad / m
    Theta2_grad = Theta2_grad / m

    # regularization, not for the bias terms
    J += lambda_ / (2.0 * m) * (np.sum(Theta1[:, 1:] ** 2) + np.sum(Theta2[:, 1:] ** 2))
    Theta1_grad += (lambda_ / m) * Theta1
    Theta2_grad += (lambda_ / m) * Theta2

    grad = np.concatenate([Theta1_grad.ravel(), Theta2_grad.ravel()])
    return J, grad


def train(X, y, hidden, num_labels, lambda_=0.5, alpha=1.0, iters=80):
    n = X.shape[1]
    params = np.concatenate([randInitializeWeights(n, hidden).ravel(),
                             randInitializeWeights(hidden, num_labels).ravel()])
    for it in range(iters):
        J, grad = nnCostFunction(params, n, hidden, num_labels, X, y, lambda_)
        params = params - alpha * grad
        if it % 20 == 0:
            print('Iteration %4d | Cost: %.6f' % (it, J))
    return params


if __name__ == '__main__':
    np.random.seed(17)
    X = np.random.randn(30, 3)
    y = np.digitize(X[:, 0] + X[:, 1], [-0.7, 0.7])
    train(X, y, 4, 3)
