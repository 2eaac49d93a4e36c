import re
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.scipy.stats import norm

from formula.sympy_check import check_record
from glassprop.compile.numpy_source import emitted_helpers
from glassprop.errors import FormulaError
from glassprop.formula.derivatives import by_output, expand, partial, prime
from glassprop.formula.evaluate import apply, evaluate
from glassprop.formula.functions.table import FUNCTIONS, RECORDS, scalar_function
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Add, Const, Contract, Map, Symbol, walk
from glassprop.formula.parse import parse

JAX = {
    "identity": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "Phi": jax.scipy.stats.norm.cdf,
    "phi": jax.scipy.stats.norm.pdf,
    "log_softplus": lambda z: jnp.log(jax.nn.softplus(z)),
    "log_Phi": jax.scipy.stats.norm.logcdf,
    "mills": lambda z: jnp.exp(norm.logpdf(z) - norm.logcdf(z)),
    "exp": jnp.exp,
    "log": jnp.log,
    "square": jnp.square,
    "abs": jnp.abs,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "floor": jnp.floor,
    "huber": lambda z, d: jnp.where(jnp.abs(z) <= d, z * z / 2, d * (jnp.abs(z) - d / 2)),
    "clip": lambda z, w: jnp.clip(z, -w, w),
    "step": lambda z: jnp.heaviside(z, 0.0),
    "sign": jnp.sign,
    "equal": lambda z, w: (z == w) * 1.0,
    "reciprocal": lambda z: 1 / z,
    "sqrt": jnp.sqrt,
    "power": lambda z, p: z**p,
    "root": lambda z, p: z**p,
    "greater": lambda z, w: (z > w) * 1.0,
    "where": lambda c, u, v: c * u + (1 - c) * v,  # its condition as a number
    "raised": lambda z, w: z**w,
    "sin": jnp.sin,
    "cos": jnp.cos,
}
CASES = [
    *RECORDS,
    FUNCTIONS["leaky_relu"].with_parameters(slope=0.3),
    FUNCTIONS["elu"].with_parameters(alpha=1.7),
    FUNCTIONS["huber"].with_parameters(delta=0.6),
    FUNCTIONS["power"].with_parameters(p=2.5),
    FUNCTIONS["power"].with_parameters(p=-1.5),
]
every_case = pytest.mark.parametrize("record", CASES, ids=lambda r: f"{r.name}{r.key[2] or ''}")
every_record = pytest.mark.parametrize("record", RECORDS, ids=str)


def points(record, count=41, seed=0):
    """Random points of the domain on both sides of kinks, none at a kink or tie."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(*record.domain, count)
    w = rng.uniform(0.2, record.domain[1], count)
    if record.name == "where":
        return [(z > 0) * 1.0, w, z * w]
    return [z, w][: len(record.operands)]


def formula_and_values(record, build):
    graph = Graph()
    operands = tuple(graph.symbol(name) for name in record.operands)
    node = build(record, operands)
    arrays = points(record)
    return np.array(
        [
            float(evaluate([node], dict(zip(record.operands, at, strict=True)))[node])
            for at in zip(*arrays, strict=True)
        ]
    )


def test_names_are_unique_and_jax_is_asked_about_all():
    assert len(FUNCTIONS) == len(RECORDS) and set(JAX) == set(FUNCTIONS)
    assert all(record.about for record in RECORDS)
    assert all(record.convention for record in RECORDS if record.kinks)


def test_look_up_and_parameters():
    assert scalar_function("relu") is FUNCTIONS["relu"]
    with pytest.raises(FormulaError, match="did you mean 'sigmoid'"):
        scalar_function("sigmoit")
    leaky = FUNCTIONS["leaky_relu"].with_parameters(slope=0.2)
    assert leaky.parameters == {"slope": 0.2} and leaky.key != FUNCTIONS["leaky_relu"].key
    with pytest.raises(FormulaError, match="has no parameter 'slop'; did you mean 'slope'"):
        leaky.with_parameters(slop=1)
    with pytest.raises(FormulaError, match="it has none"):
        FUNCTIONS["tanh"].with_parameters(a=1)


@every_case
def test_sympy_agrees(record):
    check_record(record)


@every_case
def test_values_agree_with_jax(record):
    ours = apply(record, points(record))
    theirs = JAX[record.name](*points(record), *record.parameters.values())
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    low, high = record.range
    assert np.all(ours >= low) and np.all(ours <= high)


@every_case
def test_derivatives_agree_with_jax(record):
    for place in range(record.name == "where", len(record.operands)):
        ours = formula_and_values(record, lambda f, u, place=place: partial(f, place, u))
        slope = jax.vmap(
            jax.grad(lambda *u: JAX[record.name](*u, *record.parameters.values()), place)
        )
        np.testing.assert_allclose(ours, slope(*points(record)), rtol=1e-12, atol=1e-14)


@every_case
def test_second_derivatives_agree_with_jax(record):
    if len(record.operands) > 1:
        return
    ours = formula_and_values(record, lambda f, u: partial(prime(f), 0, u))
    curve = jax.vmap(jax.grad(jax.grad(lambda z: JAX[record.name](z, *record.parameters.values()))))
    careful = {"xla_backend_optimization_level": 3}  # what compiles fast loses a digit
    compiled = jax.jit(curve).lower(*points(record)).compile(careful)
    np.testing.assert_allclose(ours, compiled(*points(record)), rtol=1e-11, atol=1e-13)


@every_case
def test_forms_in_terms_of_the_output(record):
    if record.output_form:
        direct = formula_and_values(record, lambda f, u: partial(f, 0, u))
        by_value = formula_and_values(record, lambda f, u: by_output(f, u[0].graph.map(f, *u)))
        np.testing.assert_allclose(by_value, direct, rtol=1e-9, atol=1e-12)


@every_case
def test_forms_in_terms_of_the_output_are_the_same_at_zero(record):
    if record.output_form:
        graph = Graph()
        z = graph.symbol("z")
        forms = partial(record, 0, (z,)), by_output(record, graph.map(record, z))
        direct, by_value = (float(evaluate([form], {"z": 0.0})[form]) for form in forms)
        assert by_value == direct


@pytest.mark.parametrize(
    ("name", "at", "ours", "as_jax"),
    [
        ("relu", (0.0,), 0.0, True),
        ("leaky_relu", (0.0,), 0.01, False),
        ("elu", (0.0,), 1.0, True),
        ("abs", (0.0,), 0.0, None),  # depends on the version of JAX
        ("maximum", (0.7, 0.7), 0.5, True),
        ("clip", (0.7, 0.7), 0.0, False),
        ("sqrt", (0.0,), 0.0, False),
        ("root", (0.0,), 0.0, False),
        ("step", (0.0,), 0.0, True),
        ("sign", (0.0,), 0.0, True),
    ],
)
def test_what_is_taken_at_kinks(name, at, ours, as_jax):
    record = FUNCTIONS[name]
    graph = Graph()
    operands = tuple(graph.symbol(operand) for operand in record.operands)
    slope = partial(record, 0, operands)
    found = float(evaluate([slope], dict(zip(record.operands, at, strict=True)))[slope])
    theirs = jax.grad(lambda z, *w: JAX[name](z, *w, *record.parameters.values()))(*at)
    assert found == ours
    assert as_jax is None or (float(theirs) == ours) is as_jax
    others = "PyTorch" in record.convention and "JAX" in record.convention
    assert others or name in ("step", "sign")
    assert re.search(r"derivative|′\(|\(0\) = 0", record.convention)  # says of what it is


def in_numpy(root, values):
    """The formula as emitted source computes it: by the NumPy forms of the records."""
    dtype = next(iter(values.values())).dtype
    done = {}
    for node in walk([root]):
        parts = [done[part] for part in node.parts]
        if isinstance(node, Symbol):
            done[node] = values[node.name]
        elif isinstance(node, Const):
            done[node] = node.value
        elif isinstance(node, Add):
            done[node] = sum(parts)
        elif isinstance(node, Contract):
            made = node.coefficient
            for part in parts:
                made = part * made
            done[node] = made
        else:
            assert isinstance(node, Map)
            record = node.function
            if not record.numpy:
                done[node] = in_numpy(expand(record, node.operands), values)
                continue
            names = dict(zip(record.operands, parts, strict=True)) | dict(record.parameters)
            found = eval(record.numpy, {**vars(emitted_helpers)}, names)
            boolean = getattr(found, "dtype", None) == np.bool_
            done[node] = found.astype(dtype) if boolean else found
    return done[root]


def far(record, dtype):
    sizes = np.concatenate([[0.5, 1, 3], np.geomspace(10, 1e4, 13)])
    z = sizes if record.domain[0] > 0 else np.concatenate([-sizes[::-1], [0], sizes])
    z = z.astype(dtype)
    w = abs(z[::-1]) if record.name == "clip" else z[::-1].copy()  # clip has a bound w ≥ 0
    if record.name == "raised":
        w = w / w.max()  # large powers of large numbers overflow, as they should
    if record.name == "where":
        return {"c": (z > 0).astype(dtype), "u": z, "v": w}
    return dict(zip("zw", (z, w), strict=True)) if len(record.operands) == 2 else {"z": z}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_case
def test_numpy_far_from_zero(record, dtype):
    values = far(record, dtype)
    graph = Graph()
    operands = tuple(graph.symbol(name) for name in record.operands)
    meant = "overflow" in record.about or record.name in ("silu",)  # silu: by the sigmoid
    with np.errstate(all="raise", under="ignore", over="ignore" if meant else "raise"):
        found = in_numpy(graph.map(record, *operands), values)
    assert found.dtype == dtype and found.shape == next(iter(values.values())).shape
    if record.name != "exp":
        assert np.all(np.isfinite(found))
    with np.errstate(all="ignore"):
        exact = apply(record, [u.astype(float) for u in values.values()])
    rtol = 2e-6 if dtype == "float32" else 1e-13
    small = np.abs(exact) < 80 if record.name == "exp" else np.isfinite(exact)
    np.testing.assert_allclose(
        found[small], exact[small], rtol=rtol, atol=1e-7 if rtol > 1e-9 else 1e-15
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_case
def test_derivatives_in_numpy_far_from_zero(record, dtype):
    values = far(record, dtype)
    graph = Graph()
    operands = tuple(graph.symbol(name) for name in record.operands)
    for place in range(len(operands)):
        slope = partial(record, place, operands)
        with np.errstate(all="raise", under="ignore", over="ignore"):
            found = np.asarray(in_numpy(slope, values))
        assert record.name == "exp" or np.all(np.isfinite(found))
        assert isinstance(slope, Const) or found.dtype == dtype


@every_record
def test_numpy_is_the_formula_near_zero(record):
    if record.numpy:
        names = dict(zip(record.operands, points(record), strict=True)) | dict(record.parameters)
        found = eval(record.numpy, {**vars(emitted_helpers)}, names)
        np.testing.assert_allclose(found, apply(record, points(record)), rtol=1e-12, atol=1e-15)


def mutants(text):
    yield f"-({text})"
    yield f"1.01 * ({text})"
    yield f"({text}) + 0.001"
    if "equal" in text:
        return  # what is taken at ties is a convention
    for match in re.finditer(r" [+-] ", text):
        other = " - " if match[0] == " + " else " + "
        yield text[: match.start()] + other + text[match.end() :]
    for match in re.finditer(r"\b[2-9]\b", text):
        yield text[: match.start()] + "7" + text[match.end() :]


@every_record
def test_mutated_derivatives_are_caught(record):
    caught = 0
    for place, text in enumerate(record.derivative):
        for mutant in mutants(text):
            if text == "0" and mutant.startswith(("-", "1.01")):
                continue
            changed = [*record.derivative[:place], mutant, *record.derivative[place + 1 :]]
            with pytest.raises(FormulaError, match=record.name) as error:
                check_record(replace(record, derivative=tuple(changed)))
            assert mutant in str(error.value) and "SymPy" in str(error.value)
            caught += 1
    for mutant in mutants(record.output_form) if record.output_form else ():
        with pytest.raises(FormulaError, match="SymPy"):
            check_record(replace(record, output_form=mutant))
        caught += 1
    assert caught


@every_record
def test_formulas_are_in_the_language(record):
    graph = Graph()
    names = {name: graph.symbol(name) for name in record.operands}
    names |= {name: graph.const(value) for name, value in record.parameters.items()}
    for text in record.derivative:
        parse(text, graph, names)
    if record.name not in ("Phi", "phi"):  # stated by erf and π, which are computed as they are
        parse(record.formula, graph, names)
    if record.output_form:
        parse(record.output_form, graph, names | {"a": graph.symbol("a")})
