import numpy as np


class HingeMLP(object):
  """Multiclass SVM on top of two hidden ReLU layers.

  loss_i = sum_{j != y_i} max(0, s_j - s_{y_i} + 1)
  """

  def __init__(self, dims, weight_scale=None, reg=1e-3, seed=0):
    rng = np.random.RandomState(seed)
    self.reg = reg
    self.params = {}
    for k in range(len(dims) - 1):
      sc = weight_scale or np.sqrt(2.0 / dims[k])
      self.params['W%d' % (k + 1)] = sc * rng.randn(dims[k], dims[k + 1])
      self.params['b%d' % (k + 1)] = np.zeros(dims[k + 1])
    self.num_layers = len(dims) - 1

  def scores(self, X):
    caches = []
    out = X
    for k in range(1, self.num_layers + 1):
      inp = out
      out = inp.dot(self.params['W%d' % k]) + self.params['b%d' % k]
      caches.append((inp, out))
      if k < self.num_layers:
        out = np.maximum(out, 0)
    return out, caches

  def loss(self, X, y=None):
    s, caches = self.scores(X)
    if y is None:
      return s
    N = X.shape[0]
    correct = s[np.arange(N), y][:, np.newaxis]
    margins = np.maximum(0, s - correct + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N

    ds = np.zeros_like(s)
    ds[margins > 0] = 1
    num_pos = np.sum(margins > 0, axis=1)
    ds[np.arange(N), y] -= num_pos
    ds /= N

    grads = {}
    dout = ds
    for k in range(self.num_layers, 0, -1):
      inp, pre = caches[k - 1]
      if k < self.num_layers:
        dout = dout * (pre > 0)
      W = self.params['W%d' % k]
      loss += 0.5 * self.reg * np.sum(W * W)
      grads['W%d' % k] = inp.T.dot(dout) + self.reg * W
      grads['b%d' % k] = dout.sum(axis=0)
      dout = dout.dot(W.T)
    return loss, grads

  def fit(self, X, y, lr=0.05, iters=500, batch_size=64, verbose=True):
    rng = np.random.RandomState(99)
    for it in range(iters):
      pick = rng.choice(len(X), batch_size)
      loss, grads = self.loss(X[pick], y[pick])
      for name, g in grads.items():
        self.params[name] -= lr * g
      if verbose and it % 100 == 0:
        print('iter %4d: %.4f' % (it, loss))
    return self

  def predict(self, X):
    return self.loss(X).argmax(axis=1)


def two_rings_and_a_blob(n=300, seed=6):
  rng = np.random.RandomState(seed)
  y = rng.randint(0, 3, size=n)
  ang = rng.uniform(0, 2 * np.pi, n)
  r = y * 1.3 + 0.2 * rng.randn(n)
  return np.stack([r * np.cos(ang), r * np.sin(ang)], 1), y


if __name__ == '__main__':
  X, y = two_rings_and_a_blob()
  clf = HingeMLP([2, 16, 12, 3]).fit(X, y)
  print('train accuracy', (clf.predict(X) == y).mean())
