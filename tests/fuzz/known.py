"""Costs and activations as people write them, among those that are drawn."""

from __future__ import annotations

from .tree import Tree
from .written import read

COSTS = (
    "sqrt(sum((a - y)**2))",
    "sqrt(mean((a - y)**2))",
    "mean((a - y)**2)",
    "maximum(0, 1 + max(a - a * y) - sum(a * y))",
    "1 - sum(a * y) / (sqrt(sum(a**2)) * sqrt(sum(y**2)))",
    "1 - 2 * sum(a * y) / (sum(a) + sum(y))",
    "logsumexp(a) - sum(y * a)",
    "log(sum(exp(a))) - sum(y * a)",
    "log(mean(exp((a - y)**2)))",
    "-sum(y * (1 - softmax(a))**2 * log(softmax(a)))",
    "-sum(y * log(exp(a) / sum(exp(a))))",
    "sum(sigmoid(y) * log(sigmoid(y) / softmax(a)))",
    "mean(huber(a - y)) + 0.1 * sqrt(mean(a**2))",
    "sum(log((exp(a - y) + exp(y - a)) / 2))",
    "mean(abs(a - y) / (abs(a) + abs(y) + 0.1))",
    "sum((a - y)**2) / sum((y - mean(y))**2)",
    "exp(mean(log(1 + (a - y)**2)))",
    "max(abs(a - y))",
    "max((a - y)**2) / sqrt(sum((a - y)**2))",
    "mean(maximum(0.3 * (y - a), -0.7 * (y - a)))",
    "sqrt(mean((log(softplus(a) + 1) - log(softplus(y) + 1))**2))",
    "tanh(sum((a - y)**2) / size(a))",
    "1 / (1 + exp(-sum(a * y)))",
    "sum(abs(a - y)**1.5)**0.7",
)
ACTIVATIONS = (
    "z / (1 + exp(-z))",
    "z * tanh(softplus(z))",
    "z / (1 + abs(z))",
    "maximum(z, 0.1 * z)",
    "step(z) * z + (1 - step(z)) * 0.5 * (exp(z) - 1)",
    "z * maximum(0, -maximum(-1, -(z / 6 + 0.5)))",
    "log(1 + exp(z))",
    "(1 + z**2)**0.5 - 1",
    "z * sigmoid(1.7 * z)",
)
LAYERS = (
    "(z - mean(z)) / sqrt(mean((z - mean(z))**2) + 0.001)",
    "z / sqrt(mean(z**2) + 0.1)",
    "exp(z - max(z)) / sum(exp(z - max(z)))",
    "sum(z**2) / (1 + sum(z**2)) * z / sqrt(sum(z**2) + 0.01)",
    "z - logsumexp(z)",
    "z / size(z) + max(z)",
    "tanh(z) / sum(abs(z))",
)


def trees(texts: tuple[str, ...]) -> tuple[Tree, ...]:
    """Formulas as trees."""
    return tuple(read(text) for text in texts)
