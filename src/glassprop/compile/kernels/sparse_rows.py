"""The entries of a mini-batch's sparse rows, feature by feature.

x.T @ δ then adds up, for each feature, the rows of δ of those examples where it is not zero: sums
that stay in registers, where going example by example would change rows of the gradient in memory.
"""

# pyright: basic

from numba import njit


@njit(error_model="numpy", nogil=True)
def by_features(heads, examples, entries, columns, values, starts, order, start, n, first, last):
    """Sort the entries of some rows by their columns, stably, in two passes of counting.

    Column k has the entries from heads[k] to heads[k + 1], for first <= k < last: examples[p] is
    the number of the example in the mini-batch, entries[p] the value.
    """
    for k in range(first, last + 1):
        heads[k] = 0
    for i in range(n):
        row = order[start + i]
        for p in range(starts[row], starts[row + 1]):
            k = columns[p]
            if first <= k < last:
                heads[k + 1] += 1
    for k in range(first, last):
        heads[k + 1] += heads[k]
    for i in range(n):
        row = order[start + i]
        for p in range(starts[row], starts[row + 1]):
            k = columns[p]
            if first <= k < last:
                at = heads[k]
                examples[at], entries[at] = i, values[p]
                heads[k] = at + 1
    for k in range(last, first, -1):  # each head has moved on to the next one's place
        heads[k] = heads[k - 1]
    heads[first] = 0
