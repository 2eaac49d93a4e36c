from typing import Dict, List, Tuple
import numpy as np

Params = Dict[str, np.ndarray]


def init_params(dims: List[int], seed: int = 1) -> Params:
    rng = np.random.default_rng(seed)
    params: Params = {}
    for l in range(1, len(dims)):
        params[f"W{l}"] = rng.standard_normal((dims[l], dims[l - 1])) * 0.6
        params[f"b{l}"] = rng.standard_normal((dims[l], 1)) * 0.1
    return params


def forward(x: np.ndarray, params: Params) -> Dict[str, np.ndarray]:
    L = len(params) // 2
    memory = {"A0": x}
    for l in range(1, L + 1):
        memory[f"Z{l}"] = params[f"W{l}"] @ memory[f"A{l-1}"] + params[f"b{l}"]
        memory[f"A{l}"] = memory[f"Z{l}"] if l == L else np.tanh(memory[f"Z{l}"])
    return memory


def backward(y: np.ndarray, params: Params, memory: Dict[str, np.ndarray]) -> Params:
    L = len(params) // 2
    m = y.shape[1]
    grads: Params = {}
    dZ = (memory[f"A{L}"] - y) * (2.0 / y.size)
    for l in range(L, 0, -1):
        grads[f"W{l}"] = dZ @ memory[f"A{l-1}"].T
        grads[f"b{l}"] = dZ @ np.ones((m, 1))
        if l > 1:
            dA = params[f"W{l}"].T @ dZ
            dZ = dA * (1 - memory[f"Z{l-1}"] ** 2)
    return grads


def mse(y: np.ndarray, out: np.ndarray) -> float:
    return float(np.mean((y - out) ** 2))


def fit(x: np.ndarray, y: np.ndarray, dims: List[int], lr: float = 0.02, n_iter: int = 200) -> Tuple[Params, List[float]]:
    params = init_params(dims)
    history = []
    for _ in range(n_iter):
        memory = forward(x, params)
        history.append(mse(y, memory[f"A{len(dims) - 1}"]))
        grads = backward(y, params, memory)
        params = {k: v - lr * grads[k] for k, v in params.items()}
    return params, history


if __name__ == "__main__":
    xs = np.linspace(-1, 1, 30)[None, :]
    ys = np.vstack([xs ** 2, xs ** 3])
    _, hist = fit(xs, ys, [1, 6, 6, 2])
    print(hist[0], hist[-1])
