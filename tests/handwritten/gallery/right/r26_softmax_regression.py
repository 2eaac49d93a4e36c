"""softmax regression on blobs -- a network without hidden layer"""
import numpy as np

np.random.seed(21)
n_per, k, d = 80, 3, 2
means = [(-2, 0), (2, 0), (0, 3)]
X = np.concatenate([np.random.randn(n_per, d) + mu for mu in means])
labels = np.repeat(np.arange(k), n_per)
T = np.eye(k)[labels]

W = np.zeros((d, k))
b = np.zeros(k)
alpha, n = .5, len(X)

for step in range(301):
    logits = X @ W + b
    logits -= logits.max(1, keepdims=True)
    P = np.exp(logits)
    P /= P.sum(1, keepdims=True)
    loss = -(T * np.log(P)).sum() / n
    err = T - P
    W += alpha * X.T @ err / n
    b += alpha * err.mean(0)
    if step % 100 == 0: print(step, round(loss, 4))

print("errors:", (P.argmax(1) != labels).sum())
