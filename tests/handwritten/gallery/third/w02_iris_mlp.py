import numpy as np, random
random.seed(10); np.random.seed(10)

# fake iris :)
centers = [[5.0,3.4,1.5,0.2],[5.9,2.8,4.3,1.3],[6.6,3.0,5.5,2.0]]
data = []
for c in range(3):
    for _ in range(20):
        data.append((np.array(centers[c]) + 0.3*np.random.randn(4) - np.array([5.8,3.0,3.8,1.2]), c))
random.shuffle(data)

def sigmoid(x): return 1/(1+np.exp(-x))

W_ih = np.random.uniform(-0.5,0.5,(6,4))
B_h  = np.random.uniform(-0.5,0.5,6)
W_ho = np.random.uniform(-0.5,0.5,(3,6))
B_o  = np.random.uniform(-0.5,0.5,3)
lr = 0.1

for epoch in range(30):
    sq = 0
    correct = 0
    for features, label in data:
        target = np.zeros(3); target[label] = 1
        # --- forward
        h = sigmoid(W_ih @ features + B_h)
        o = sigmoid(W_ho @ h + B_o)
        correct += int(np.argmax(o) == label)
        sq += 0.5*np.sum((target - o)**2)
        # --- backward
        err_o = (o - target) * o * (1 - o)
        err_h = W_ho.T @ err_o
        # --- learn
        W_ho -= lr * np.outer(err_o, h)
        B_o  -= lr * err_o
        W_ih -= lr * np.outer(err_h, features)
        B_h  -= lr * err_h
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", sq, "acc", correct/len(data))
