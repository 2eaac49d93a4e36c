import gzip, pickle, os
import numpy as np

BATCH = 25

def get_data():
    if os.path.isfile('mnist.pkl.gz'):
        with gzip.open('mnist.pkl.gz', 'rb') as f:
            tr, va, te = pickle.load(f, encoding='latin1')
        return tr[0], tr[1]
    # no file on this machine -> small random stand-in
    rng = np.random.default_rng(9)
    labels = rng.integers(0, 10, 200)
    protos = rng.random((10, 36))
    return protos[labels] + .2 * rng.standard_normal((200, 36)), labels

def sigmoid(x): return 1/(1 + np.exp(-x))
def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)

class Classifier:
    def __init__(self, n_in, n_hid, n_out=10):
        rng = np.random.default_rng(4)
        self.V = rng.normal(0, n_in ** -.5, (n_in, n_hid))
        self.c = np.zeros(n_hid)
        self.U = rng.normal(0, n_hid ** -.5, (n_hid, n_out))
        self.d = np.zeros(n_out)

    def fprop(self, x):
        self.x = x
        self.h = sigmoid(x.dot(self.V) + self.c)
        self.p = softmax(self.h.dot(self.U) + self.d)
        return self.p

    def xent(self, x, labels):
        p = self.fprop(x)
        return -np.mean(np.log(p[np.arange(len(labels)), labels]))

    def bprop(self, labels):
        onehot = np.eye(self.d.size)[labels]
        g_out = (self.p - onehot) * self.p * (1 - self.p) / len(labels)
        g_hid = g_out.dot(self.U.T) * self.h * (1 - self.h)
        return {'U': self.h.T.dot(g_out), 'd': g_out.sum(axis=0),
                'V': self.x.T.dot(g_hid), 'c': g_hid.sum(axis=0)}

    def fit(self, x, labels, n_epochs=5, lr=1.0):
        for e in range(n_epochs):
            for i in range(0, len(x), BATCH):
                self.fprop(x[i:i+BATCH])
                for k, g in self.bprop(labels[i:i+BATCH]).items():
                    setattr(self, k, getattr(self, k) - lr * g)
            print('epoch', e, 'loss', self.xent(x, labels))

if __name__ == '__main__':
    x, labels = get_data()
    Classifier(x.shape[1], 20).fit(x, labels)
