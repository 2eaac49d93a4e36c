from dataclasses import replace

import pytest
import sympy

from formula.sympy_check import check_record, to_sympy
from glassprop.errors import FormulaError
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.user.custom_functions import scalar_function_from


def test_formulas_in_sympy():
    z = sympy.Symbol("z", real=True)
    assert to_sympy(FUNCTIONS["sigmoid"]) == 1 / (1 + sympy.exp(-z))
    assert to_sympy(FUNCTIONS["Phi"]) == (1 + sympy.erf(z / sympy.sqrt(2))) / 2
    assert to_sympy(FUNCTIONS["silu"]) == z / (1 + sympy.exp(-z))
    slope = sympy.Symbol("slope", positive=True)
    leaky = to_sympy(FUNCTIONS["leaky_relu"])
    assert leaky.free_symbols == {z, slope}
    assert leaky.subs(z, -2) == -2 * slope and leaky.subs(z, 2) == 2


def test_the_message_names_record_form_and_sympys_own():
    wrong = replace(FUNCTIONS["tanh"], derivative=("1 + tanh(z)**2",))
    with pytest.raises(FormulaError) as caught:
        check_record(wrong)
    message = str(caught.value)
    assert message.startswith("tanh: declared ∂/∂z = 1 + tanh(z)**2, but SymPy's derivative")
    assert "differ at z =" in message and "\n" not in message


def test_a_mistake_on_one_side_of_a_kink_is_seen():
    relu = FUNCTIONS["relu"]
    for wrong in ("1", "0", "sign(z)", "step(-z)", "step(z - 1)", "step(z) + 0.001 * step(-z)"):
        with pytest.raises(FormulaError, match="relu"):
            check_record(replace(relu, derivative=(wrong,)))
    for wrong in ("clip(z, 1)", "z", "clip(z, 2 * delta)", "delta * sign(z)"):
        with pytest.raises(FormulaError, match="huber"):
            check_record(replace(FUNCTIONS["huber"], derivative=(wrong,)))


def test_a_mistake_that_the_default_parameter_hides_is_seen():
    elu = FUNCTIONS["elu"]  # alpha is 1
    with pytest.raises(FormulaError, match="elu"):
        check_record(replace(elu, derivative=("exp(-maximum(-z, 0))",)))
    with pytest.raises(FormulaError, match="elu"):
        check_record(replace(elu, output_form="1 + a"))


def test_functions_of_a_user_are_checked_in_the_same_way():
    record = scalar_function_from("mish", "z * tanh(softplus(z))")
    check_record(record)
    with pytest.raises(FormulaError, match="mish"):
        check_record(replace(record, derivative=("tanh(softplus(z))",)))
