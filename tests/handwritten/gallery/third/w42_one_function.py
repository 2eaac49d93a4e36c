from numpy import array, exp, ones, log, sum as nsum, random as rnd, zeros, argmax, eye, arange, maximum

def train_net(x, labels, n_hidden=10, n_batch=10, n_epochs=15, step=0.2):
    """plain SGD. x: (n, d), labels: (n,) ints. Returns list [w1, b1, w2, b2]."""
    n, d = x.shape
    k = labels.max() + 1
    w1, b1 = rnd.randn(d, n_hidden) * (2.0 / d) ** 0.5, zeros(n_hidden)
    w2, b2 = rnd.randn(n_hidden, k) * (2.0 / n_hidden) ** 0.5, zeros(k)
    t = eye(k)[labels]
    for epoch in range(n_epochs):
        idx = rnd.permutation(n)
        epoch_loss = 0
        for i in range(0, n, n_batch):
            xb, tb = x[idx[i:i + n_batch]], t[idx[i:i + n_batch]]
            # forward
            z1 = xb.dot(w1) + b1
            h1 = maximum(z1, 0)
            z2 = h1.dot(w2) + b2
            e = exp(z2 - z2.max(axis=1)[:, None])
            prob = e / nsum(e, axis=1)[:, None]
            epoch_loss += -nsum(tb * log(prob)) / n_batch
            # backward
            grad_z2 = (prob - tb) / n_batch
            grad_w2 = h1.T.dot(grad_z2)
            grad_b2 = nsum(grad_z2, axis=0)
            grad_h1 = grad_z2.dot(w2.T)
            grad_z1 = grad_h1 * (z1 > 0)
            grad_w1 = xb.T.dot(grad_z1)
            grad_b1 = nsum(grad_z1, axis=1)
            # sgd
            w1 = w1 - step * grad_w1
            b1 = b1 - step * grad_b1
            w2 = w2 - step * grad_w2
            b2 = b2 - step * grad_b2
        if epoch % 5 == 0:
            print('epoch', epoch, 'loss', epoch_loss * n_batch / n)
    return [w1, b1, w2, b2]

if __name__ == '__main__':
    rnd.seed(31)
    labels = rnd.randint(0, 3, 90)
    x = rnd.randn(90, 4) + 1.5 * rnd.randn(3, 4)[labels]
    w1, b1, w2, b2 = train_net(x, labels)
    guess = argmax(maximum(x.dot(w1) + b1, 0).dot(w2) + b2, axis=1)
    print('acc', (guess == labels).mean())
