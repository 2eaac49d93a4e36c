# Adam from scratch (medium article follow-along)
import numpy as np

class AdamOptim():
    def __init__(self, eta=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.m_dw, self.v_dw = {}, {}
        self.m_db, self.v_db = {}, {}
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.eta = eta

    def update(self, t, key, w, b, dw, db):
        ## dw, db are from current minibatch
        for d in (self.m_dw, self.v_dw, self.m_db, self.v_db):
            d.setdefault(key, 0)
        # *** momentum *** #
        self.m_dw[key] = self.beta1*self.m_dw[key] + (1-self.beta1)*dw
        self.m_db[key] = self.beta1*self.m_db[key] + (1-self.beta1)*db
        # *** rms *** #
        self.v_dw[key] = self.beta2*self.v_dw[key] + (1-self.beta2)*(dw**2)
        self.v_db[key] = self.beta2*self.v_db[key] + (1-self.beta1)*(db**2)
        ## bias correction
        m_dw_corr = self.m_dw[key]/(1-self.beta1**t)
        m_db_corr = self.m_db[key]/(1-self.beta1**t)
        v_dw_corr = self.v_dw[key]/(1-self.beta2**t)
        v_db_corr = self.v_db[key]/(1-self.beta2**t)
        ## update weights and biases
        w = w - self.eta*(m_dw_corr/(np.sqrt(v_dw_corr)+self.epsilon))
        b = b - self.eta*(m_db_corr/(np.sqrt(v_db_corr)+self.epsilon))
        return w, b

class Network():
    def __init__(self, sizes):
        np.random.seed(13)
        self.params = {i: [np.random.randn(a, b)*np.sqrt(1/a), np.zeros(b)] for i, (a, b) in enumerate(zip(sizes, sizes[1:]))}

    def forward(self, x):
        self.h = [x]
        last = len(self.params) - 1
        for i, (w, b) in self.params.items():
            x = x.dot(w) + b
            if i != last: x = np.tanh(x)
            self.h.append(x)
        return x

    def loss(self, x, y):
        return np.sum((self.forward(x) - y)**2)/len(x)

    def backward(self, y):
        g = 2*(self.h[-1] - y)/len(y)
        grads = {}
        for i in sorted(self.params, reverse=True):
            w, b = self.params[i]
            grads[i] = (self.h[i].T.dot(g), g.sum(axis=0))
            g = g.dot(w.T)*(1 - self.h[i]**2)
        return grads

np.random.seed(0)
x = np.random.uniform(-1, 1, (100, 2))
y = (x[:, :1] + x[:, 1:])**2
net, adam = Network([2, 10, 1]), AdamOptim()
for t in range(1, 201):
    net.forward(x)
    for key, (dw, db) in net.backward(y).items():
        net.params[key] = list(adam.update(t, key, *net.params[key], dw, db))
    if t % 50 == 0:
        print(t, net.loss(x, y))
