import numpy as np
from builtins import range, object


def affine_relu_forward(x, w, b):
    h = x.dot(w) + b
    return np.maximum(0, h), (x, w, h)


class FullyConnectedNet(object):
    """ {affine - relu} x (L - 1) - affine - softmax """

    def __init__(self, hidden_dims, input_dim=3*4*4, num_classes=10, reg=0.0, weight_scale=1e-2, dtype=np.float64):
        self.reg = reg
        self.params = {}
        dims = [input_dim] + list(hidden_dims) + [num_classes]
        self.num_layers = len(dims) - 1
        for i in range(1, len(dims)):
            self.params['W%d' % i] = np.random.normal(0, weight_scale, (dims[i-1], dims[i])).astype(dtype)
            self.params['b%d' % i] = np.zeros(dims[i], dtype=dtype)

    def loss(self, X, y=None):
        out, caches = X, []
        for i in range(1, self.num_layers):
            out, cache = affine_relu_forward(out, self.params['W%d' % i], self.params['b%d' % i])
            caches.append(cache)
        L = self.num_layers
        scores = out.dot(self.params['W%d' % L]) + self.params['b%d' % L]
        if y is None:
            return scores

        N = X.shape[0]
        scores = scores - scores.max(axis=1, keepdims=True)
        probs = np.exp(scores)
        probs /= probs.sum(axis=1, keepdims=True)
        loss = -np.sum(np.log(probs[np.arange(N), y])) / N
        for i in range(1, L + 1):
            loss += 0.5 * self.reg * np.sum(self.params['W%d' % i] ** 2)

        grads = {}
        dout = probs.copy()
        dout[np.arange(N), y] -= 1
        dout /= N
        grads['W%d' % L] = out.T.dot(dout) + 2 * self.reg * self.params['W%d' % L]
        grads['b%d' % L] = dout.sum(axis=0)
        dout = dout.dot(self.params['W%d' % L].T)
        for i in range(L - 1, 0, -1):
            x, w, h = caches[i - 1]
            dh = dout * (h > 0)
            grads['W%d' % i] = x.T.dot(dh) + self.reg * w
            grads['b%d' % i] = dh.mean(axis=0)
            dout = dh.dot(w.T)
        return loss, grads


if __name__ == '__main__':
    np.random.seed(2)
    X = np.random.randn(50, 12)
    y = np.argmax(X[:, :4] ** 2, axis=1)
    model = FullyConnectedNet([16, 10], input_dim=12, num_classes=4, reg=1e-2, weight_scale=0.3)
    for t in range(100):
        loss, grads = model.loss(X, y)
        for p, w in model.params.items():
            w -= 0.3 * grads[p]
        if t % 20 == 0:
            print('(Iteration %d / 100) loss: %f' % (t + 1, loss))
