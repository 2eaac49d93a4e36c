"""The kernels as code for 64-bit Arm: none of it is run here, but what LLVM makes of it is seen."""

import re
import subprocess
import sys

import pytest

pytest.importorskip("numba")

PROGRAM = r"""
import re, sys
import numpy as np
from llvmlite import binding
from numba import njit
from glassprop.compile.kernels.exponential import exp32, exp64
from glassprop.compile.kernels.products import TILINGS, product
from glassprop.compile.kernels.row_products import sum_rows

what, dtype = sys.argv[1:]
binding.initialize_all_targets()
binding.initialize_all_asmprinters()
try:
    target = binding.Target.from_triple("aarch64-unknown-linux-gnu")
except RuntimeError:
    sys.exit(77)
kernel = product(512, 528, (528, 1), 528, TILINGS["other"])
row, exp = sum_rows(96), exp32 if dtype == "float32" else exp64

@njit(error_model="numpy")
def products(out, left, right):
    kernel(out, left, right, 0, 128, 512)

@njit(error_model="numpy")
def rows(out, left, right):
    row(out[0], left[0], right, 512)

@njit(error_model="numpy")
def exponentials(out, left, right):
    for i in range(512):
        out[0, i] = exp(left[0, i])

function = {"products": products, "rows": rows, "exponentials": exponentials}[what]
array = np.zeros((2, 528), dtype)
function.compile((__import__("numba").typeof(array),) * 3)
(ir,) = function.inspect_llvm().values()
head, *made = re.split(r"(?m)^(?=define )", ir)
rest = [part.partition("\n}\n")[2] for part in made]
own = next(part for part in made if re.search(r"<\d+ x (float|double)>", part))
text = head + "".join(rest) + own.partition("\n}\n")[0] + "\n}\n"
machine = target.create_target_machine(cpu="neoverse-n1", opt=3)
text = re.sub("target triple = .*", 'target triple = "aarch64-unknown-linux-gnu"', text)
text = re.sub("target datalayout = .*", f'target datalayout = "{machine.target_data}"', text)
module = binding.parse_assembly(text)
module.verify()
print(machine.emit_assembly(module))
"""


def assembly(what, dtype):
    """The code of a kernel; made in a process of its own, which LLVM ends where it cannot."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, what, dtype], capture_output=True, text=True, timeout=120
    )
    if done.returncode == 77:
        pytest.skip("LLVM is here without Arm")
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.parametrize(("dtype", "lanes"), [("float32", "4s"), ("float64", "2d")])
def test_sums_of_a_product_stay_in_registers(dtype, lanes):
    text = assembly("products", dtype)
    loops = re.split(r"(?m)^\.LBB\w+:", text)
    blocks = [re.split(r"(?m)^\tb\.", loop)[0] for loop in loops]  # up to the jump at its end
    inner = max(blocks, key=lambda block: block.count("fmla"))
    sums = set(re.findall(rf"fmla\tv(\d+)\.{lanes}", inner))
    assert len(sums) == 24  # 6 rows by 64 bytes
    assert not re.search(r"\bst[rp]\t[qv]", inner)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("what", ["rows", "exponentials"])
def test_other_kernels_are_vectors_there_too(what, dtype):
    text = assembly(what, dtype)
    kind = "4s" if dtype == "float32" else "2d"
    assert text.count(f".{kind}") > 20
    assert re.search(rf"fml[as]\tv\d+\.{kind}", text)
