import numpy as np
import pytest

from compile.programs import CASES, agree, case_name, case_of, expected, run


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_every_quantity_is_what_its_formula_says(case):
    case = case_of(*case)
    program = case.build()
    theirs = expected(case.final, case.values)
    for routine in program.routines:
        agree(run(program, routine, case.values), theirs, 1e-12)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case[1] or (case[0], True) not in CASES], ids=case_name
)
def test_gradients_agree_with_jax(case):
    case = case_of(*case)
    program = case.build()
    found = run(program, "gradients", case.values)
    names = {g.name: w.name for w, g in program.after("reuse").gradients.items()}
    agree({names[name]: value for name, value in found.items()}, case.jax(), 1e-12)


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_single_precision_stays_single(case):
    case = case_of(*case)
    program = case.build(dtype="float32")
    theirs = run(case.build(), "trace", case.values)
    for routine in program.routines:
        found = run(program, routine, case.values)
        for name, value in found.items():
            assert value.dtype == np.float32, name
        agree(found, theirs, 1e-5)
