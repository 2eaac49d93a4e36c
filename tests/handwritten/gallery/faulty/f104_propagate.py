import numpy as np

def sigmoid(z):
    s = 1.0 / (1.0 + np.exp(-z))
    return s

def initialize_with_zeros(dim):
    w = np.zeros((dim, 1), dtype=int)
    b = 0.0
    return w, b

def propagate(w, b, X, Y):
    """
    w -- weights, (num_px, 1)
    b -- bias, a scalar
    X -- data of size (num_px, number of examples)
    Y -- true label vector of size (1, number of examples)
    """
    m = X.shape[1]

    # FORWARD PROPAGATION (FROM X TO COST)
    A = sigmoid(np.dot(w.T, X) + b)
    cost = -1/m * np.sum(Y*np.log(A) + (1-Y)*np.log(1-A))

    # BACKWARD PROPAGATION (TO FIND GRAD)
    dZ = A - Y
    dw = 1/m * np.dot(X, dZ.T)
    db = 1/m * np.sum(dZ)

    grads = {"dw": dw, "db": db}
    return grads, cost

def optimize(w, b, X, Y, num_iterations, learning_rate, print_cost=False):
    costs = []
    for i in range(num_iterations):
        grads, cost = propagate(w, b, X, Y)
        dw = grads["dw"]
        db = grads["db"]
        w[:] = w - learning_rate*dw
        b = b - learning_rate*db
        if i % 100 == 0:
            costs.append(cost)
            if print_cost:
                print("Cost after iteration %i: %f" % (i, cost))
    params = {"w": w, "b": b}
    return params, grads, costs

def predict(w, b, X):
    return (sigmoid(np.dot(w.T, X) + b) > 0.5).astype(float)

if __name__ == "__main__":
    rs = np.random.RandomState(6)
    X = rs.randn(3, 70)
    Y = (X[0:1] - 2*X[1:2] + 0.5 + 0.4*rs.randn(1, 70) > 0).astype(float)
    w, b = initialize_with_zeros(3)
    params, grads, costs = optimize(w, b, X, Y, 300, 0.3, print_cost=True)
    print("train accuracy: {} %".format(100 - np.mean(np.abs(predict(params["w"], params["b"], X) - Y)) * 100))
