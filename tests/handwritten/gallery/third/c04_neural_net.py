import numpy as np


class TwoLayerNet(object):
  """
  A two-layer fully-connected neural network. The net has an input dimension of
  N, a hidden layer dimension of H, and performs classification over C classes.

  input - fully connected layer - ReLU - fully connected layer - softmax
  """

  def __init__(self, input_size, hidden_size, output_size, std=1e-4):
    self.params = {}
    self.params['W1'] = std * np.random.randn(input_size, hidden_size)
    self.params['b1'] = np.zeros(hidden_size)
    self.params['W2'] = std * np.random.randn(hidden_size, output_size)
    self.params['b2'] = np.zeros(output_size)

  def loss(self, X, y=None, reg=0.0):
    W1, b1 = self.params['W1'], self.params['b1']
    W2, b2 = self.params['W2'], self.params['b2']
    N, D = X.shape

    # Compute the forward pass
    h1 = X.dot(W1) + b1
    a1 = np.maximum(h1, 0)
    scores = a1.dot(W2) + b2

    # If the targets are not given then jump out, we're done
    if y is None:
      return scores

    shift = scores - np.max(scores, axis=1)[..., np.newaxis]
    softmax = np.exp(shift) / np.sum(np.exp(shift), axis=1)[..., np.newaxis]
    loss = -np.sum(np.log(softmax[range(N), y])) / N
    loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

    # Backward pass: compute gradients
    grads = {}
    dscores = softmax.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = a1.T.dot(dscores) + 2 * reg * W2
    grads['b2'] = np.sum(dscores, axis=0)
    dh1 = dscores.dot(W2.T)
    dh1 *= (h1 > 0)
    grads['W1'] = X.T.dot(dh1) + 2 * reg * W1
    grads['b1'] = np.sum(dh1, axis=0)

    return loss, grads

  def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95,
            reg=5e-6, num_iters=100, batch_size=200, verbose=False):
    num_train = X.shape[0]
    iterations_per_epoch = max(num_train // batch_size, 1)
    loss_history = []
    for it in range(num_iters):
      idx = np.random.choice(num_train, batch_size, replace=True)
      X_batch = X[idx]
      y_batch = y[idx]
      loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
      loss_history.append(loss)
      for k in self.params:
        self.params[k] -= learning_rate * grads[k]
      if verbose and it % 100 == 0:
        print('iteration %d / %d: loss %f' % (it, num_iters, loss))
      if it % iterations_per_epoch == 0:
        learning_rate *= learning_rate_decay
    return {'loss_history': loss_history, 'val_acc': (self.predict(X_val) == y_val).mean()}

  def predict(self, X):
    return np.argmax(self.loss(X), axis=1)


if __name__ == '__main__':
  def init_toy_data(num_inputs=5, input_size=4, num_classes=3):
    np.random.seed(1)
    X = 10 * np.random.randn(num_inputs, input_size)
    y = np.array([0, 1, 2, 2, 1])
    return X, y

  np.random.seed(0)
  net = TwoLayerNet(4, 10, 3, std=1e-1)
  X, y = init_toy_data()
  stats = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=300, batch_size=5, verbose=True)
  print('Final training loss: ', stats['loss_history'][-1])
