"""Michael Nielsen's network.py and mnist_loader.py, name for name, on glassprop's engine.

Source: M. Nielsen, Neural Networks and Deep Learning, chapter 1.
"""

from glassprop.nielsen_book.mnist_loader import load_data, load_data_wrapper, vectorized_result
from glassprop.nielsen_book.network import Network, sigmoid, sigmoid_prime

__all__ = [
    "Network",
    "sigmoid",
    "sigmoid_prime",
    "load_data",
    "load_data_wrapper",
    "vectorized_result",
]
