"""PyTorch with torch.compile: batch, gradient and update of a step as one compiled function."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import torch
import torch._inductor.config

from bench.contender import Trainer, UnavailableError
from bench.data import Data
from bench.jobs import Job
from bench.peers.torch import cost_of_outputs, last_z, targets
from bench.peers.torch_threads import DEFAULT, fastest

torch._inductor.config.cpp.dynamic_threads = True


def step_of(job: Job, sparse: bool) -> Any:
    """A function that changes parameters and states in place."""

    def first(parameters: Any, inputs: Any, rows: Any) -> Any:
        if not sparse:
            x = inputs[0].index_select(0, rows)
            return parameters, lambda W, b: torch.nn.functional.linear(x, W, b)
        words, values = (part.index_select(0, rows) for part in inputs)
        used = parameters[0][words]
        return (used, *parameters[1:]), lambda W, b: (values[..., None] * W).sum(1) + b

    def step(parameters: Any, m: Any, v: Any, t: Any, inputs: Any, y: Any, rows: Any) -> None:
        used, first_z = first(parameters, inputs, rows)
        yb = y.index_select(0, rows)

        def cost(used: Any) -> Any:
            return cost_of_outputs(job, last_z(job, used[2:], first_z(*used[:2])), yb)

        gradients = torch.func.grad(cost)(tuple(used))
        if job.optimizer == "adam":
            t += 1
            rate, scale = job.learning_rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
            for p, g, a, b in zip(parameters, gradients, m, v, strict=True):
                a.mul_(0.9).add_(g, alpha=0.1)
                b.mul_(0.999).addcmul_(g, g, value=0.001)
                p.sub_(rate * a / ((b * scale).sqrt() + 1e-8))
            return
        for place, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
            if sparse and place == 0:
                words = inputs[0].index_select(0, rows).reshape(-1)
                p.index_add_(0, words, g.reshape(len(words), -1), alpha=-job.learning_rate)
                continue
            decay = job.l2 if place % 2 == 0 else 0.0
            p.sub_(g + decay * p if decay else g, alpha=job.learning_rate)

    return step


class Compiled(Trainer):
    """No autograd at run time and no optimiser object: the fastest form of it that was found."""

    threads = DEFAULT

    def __init__(self, job: Job, data: Data) -> None:
        if not (shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")):
            raise UnavailableError("torch.compile needs a C++ compiler, and there is none")
        self.job, self.data = job, data
        self.y = targets(job, data)
        if data.sparse:
            words = torch.from_numpy(data.columns.astype(np.int64))
            self.inputs = (words, torch.from_numpy(data.values))
        else:
            self.inputs = (torch.from_numpy(data.x),)
        torch._dynamo.reset()
        self.step = torch.compile(step_of(job, data.sparse), dynamic=False, fullgraph=True)
        self.reset()

    def tune(self, order: np.ndarray) -> None:
        self.reset()
        self.arrange(order)
        self.threads = fastest(self.epoch)
        self.reset()

    def reset(self) -> None:
        torch.set_num_threads(self.threads)
        self.remark = f"the whole step is one compiled function, threads: {self.threads}"
        weights = self.data.initial()
        if self.data.sparse:
            weights[0] = np.ascontiguousarray(weights[0].T)
        self.parameters = [torch.from_numpy(value) for value in weights]
        self.m, self.v = ([torch.zeros_like(p) for p in self.parameters] for _ in range(2))
        self.t = torch.zeros((), dtype=self.parameters[0].dtype)

    def arrange(self, order: np.ndarray) -> None:
        self.order = torch.from_numpy(order).split(self.job.batch_size)

    def epoch(self) -> None:
        with torch.no_grad():
            for rows in self.order:
                self.step(self.parameters, self.m, self.v, self.t, self.inputs, self.y, rows)

    def weights(self) -> list[np.ndarray]:
        found = [value.numpy().copy() for value in self.parameters]
        return [found[0].T, *found[1:]] if self.data.sparse else found


def trainer(job: Job, data: Data) -> Trainer:
    return Compiled(job, data)
