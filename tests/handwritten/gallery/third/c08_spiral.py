import numpy as np
import matplotlib.pyplot as plt

np.random.seed(0)
N = 40 # number of points per class
D = 2  # dimensionality
K = 3  # number of classes
X = np.zeros((N*K,D))
y = np.zeros(N*K, dtype='uint8')
for j in range(K):
  ix = range(N*j,N*(j+1))
  r = np.linspace(0.0,1,N)
  t = np.linspace(j*4,(j+1)*4,N) + np.random.randn(N)*0.2
  X[ix] = np.c_[r*np.sin(t), r*np.cos(t)]
  y[ix] = j
plt.scatter(X[:, 0], X[:, 1], c=y, s=40, cmap=plt.cm.Spectral)
plt.show()

h, h2 = 20, 12
W = 0.3 * np.random.randn(D,h)
b = np.zeros((1,h))
W2 = 0.3 * np.random.randn(h,h2)
b2 = np.zeros((1,h2))
W3 = 0.3 * np.random.randn(h2,K)
b3 = np.zeros((1,K))

step_size = 1e-0
reg = 1e-3
slope = 0.1

num_examples = X.shape[0]
for i in range(300):
  z = np.dot(X, W) + b
  hidden_layer = np.where(z > 0, z, slope * z) # leaky ReLU
  z2 = np.dot(hidden_layer, W2) + b2
  hidden_layer2 = np.where(z2 > 0, z2, slope * z2)
  scores = np.dot(hidden_layer2, W3) + b3

  exp_scores = np.exp(scores)
  probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)

  correct_logprobs = -np.log(probs[range(num_examples),y])
  data_loss = np.sum(correct_logprobs)/num_examples
  reg_loss = 0.5*reg*np.sum(W*W) + 0.5*reg*np.sum(W2*W2) + 0.5*reg*np.sum(W3*W3)
  loss = data_loss + reg_loss
  if i % 100 == 0:
    print("iteration %d: loss %f" % (i, loss))

  dscores = probs
  dscores[range(num_examples),y] -= 1
  dscores /= num_examples

  dW3 = np.dot(hidden_layer2.T, dscores)
  db3 = np.sum(dscores, axis=0, keepdims=True)
  dhidden2 = np.dot(dscores, W3.T)
  dhidden2[z2 <= 0] *= slope
  dW2 = np.dot(hidden_layer.T, dhidden2)
  db2 = np.sum(dhidden2, axis=0, keepdims=True)
  dhidden = np.dot(dhidden2, W2.T)
  dhidden[z <= 0] *= slope
  dW = np.dot(X.T, dhidden)
  db = np.sum(dhidden, axis=0, keepdims=True)

  dW3 += reg * W3
  dW2 += reg * W2
  dW += reg * W

  W += -step_size * dW
  b += -step_size * db
  W2 += -step_size * dW2
  b2 += -step_size * db2
  W3 += -step_size * dW3
  b3 += -step_size * db3

hid = np.maximum(slope * (X @ W + b), X @ W + b)
hid2 = np.maximum(slope * (hid @ W2 + b2), hid @ W2 + b2)
predicted_class = np.argmax(hid2 @ W3 + b3, axis=1)
print('training accuracy: %.2f' % (np.mean(predicted_class == y)))
