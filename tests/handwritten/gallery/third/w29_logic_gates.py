import numpy as np

X = np.array([[0,0],[0,1],[1,0],[1,1]], dtype=float)
AND = np.array([[0],[0],[0],[1]], dtype=float)
XOR = np.array([[0],[1],[1],[0]], dtype=float)
Y = np.hstack([AND, XOR])

np.random.seed(42)
nb_in, nb_hid, nb_out = 2, 5, 2
lr = 0.3
wh = np.random.uniform(size=(nb_in, nb_hid))
bh = np.random.uniform(size=(1, nb_hid))
wout = np.random.uniform(size=(nb_hid, nb_out))
bout = np.random.uniform(size=(1, nb_out))

def sigmoid(x): return 1/(1 + np.exp(-x))
def derivatives_sigmoid(x): return x * (1 - x)

for i in range(2000):
    #Forward Propogation
    hidden_layer_input = np.dot(X, wh) + bh
    hiddenlayer_activations = sigmoid(hidden_layer_input)
    output_layer_input = np.dot(hiddenlayer_activations, wout) + bout
    output = sigmoid(output_layer_input)

    #Backpropagation
    E = Y - output
    slope_output_layer = derivatives_sigmoid(output)
    slope_hidden_layer = derivatives_sigmoid(hiddenlayer_activations)
    d_output = E * slope_output_layer
    d_output *= lr
    Error_at_hidden_layer = d_output.dot(wout.T)
    d_hiddenlayer = Error_at_hidden_layer * slope_hidden_layer
    wout += hiddenlayer_activations.T.dot(d_output)
    bout += np.sum(d_output, axis=0, keepdims=True)
    wh += X.T.dot(d_hiddenlayer) * lr
    bh += np.sum(d_hiddenlayer, axis=0, keepdims=True) * lr
    if i % 500 == 0:
        print(i, 0.5 * np.sum(E ** 2))

print(output.round(2))
