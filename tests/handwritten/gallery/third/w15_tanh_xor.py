# https://stackoverflow.com/questions/... : "XOR with tanh, loss goes down but very slowly"
from numpy import *

def f(x):      return tanh(x)
def fprime(y): return 1.0 - y          # y = tanh(x)

class Perceptron2:
    def __init__(this, ni, nh, no):
        random.seed(2)
        this.wi = random.uniform(-1, 1, (ni + 1, nh))
        this.wo = random.uniform(-1, 1, (nh + 1, no))

    def run(this, inputs):
        this.ai = append(inputs, 1.0)
        this.ah = append(f(dot(this.ai, this.wi)), 1.0)
        this.ao = dot(this.ah, this.wo)
        return this.ao

    def backprop(this, targets, N):
        output_deltas = this.ao - targets
        error = dot(this.wo, output_deltas)
        hidden_deltas = error[:-1] * fprime(this.ah[:-1])
        this.wo -= N * outer(this.ah, output_deltas)
        this.wi -= N * outer(this.ai, hidden_deltas)
        return 0.5 * sum((targets - this.ao) ** 2)

    def train(this, patterns, iterations=400, N=0.05):
        for i in range(iterations):
            error = 0.0
            for inp, tgt in patterns:
                this.run(inp)
                error = error + this.backprop(array(tgt), N)
            if i % 100 == 0:
                print('error %-.5f' % error)

def demo():
    pat = [[[0,0], [0]], [[0,1], [1]], [[1,0], [1]], [[1,1], [0]]]
    n = Perceptron2(2, 4, 1)
    n.train(pat)
    for p in pat: print(p[0], '->', n.run(p[0]))

if __name__ == '__main__':
    demo()
