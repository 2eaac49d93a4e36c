"""Pictures of formulas of numbers and of networks: all is in them, none of it beyond the edge."""

import re
import time
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.show import derivations

import glassprop as gp
from glassprop.show.pictures import network_picture, scalar_picture
from glassprop.show.pictures.colours import DARK, DASHES, LIGHT
from glassprop.show.pictures.graph.layout import Box
from glassprop.show.pictures.wording import equal_to, rounded

SVG = "{http://www.w3.org/2000/svg}"


def tree(picture):
    return ElementTree.fromstring(picture.svg)


def texts(picture):
    return [node.text for node in tree(picture).iter(f"{SVG}text")]


def check(picture):
    """Well-formed, no box on another, no text beyond the edge or on other text."""
    root = tree(picture)
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    x, y, width, height = map(float, root.get("viewBox").split())
    assert (x, y) == (0, 0) and width > 0 and height > 0
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    described = {node.get("id") for node in (root.find(f"{SVG}title"), root.find(f"{SVG}desc"))}
    assert {root.get("aria-labelledby"), root.get("aria-describedby")} == described
    page = Box(0, 0, width, height)
    boxes = [Box(b.x, b.y, b.width - 1e-6, b.height - 1e-6) for b in picture.drawing.boxes.values()]
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    drawn = [box for _, box in picture.drawing.texts]
    for box in [*picture.drawing.boxes.values(), *drawn]:
        assert page.x < box.x and box.right < page.right
        assert page.y < box.y and box.bottom < page.bottom
    small = [Box(b.x + 1e-6, b.y + 2, b.width - 2e-6, b.height - 4) for b in drawn]
    for one, other in combinations(small, 2):
        assert not one.overlaps(other)
    return root


@pytest.fixture(scope="module")
def little():
    a, b = gp.scalars("a b")
    return gp.derive((a + b) * (b + 1), b).picture(a=2, b=1)


def test_the_little_graph_has_all_values_and_local_derivatives(little):
    check(little)
    found = texts(little)
    for text in ["a = 2", "b = 1", "c = a + b", "= 3", "d = b + 1", "= 2", "e = c · d", "= 6"]:
        assert text in found
    for text in ["∂c/∂a = 1", "∂c/∂b = 1", "∂d/∂b = 1", "∂e/∂c = d = 2", "∂e/∂d = c = 3"]:
        assert text in found


def test_the_derivative_is_five_by_two_paths(little):
    found = texts(little)
    assert "2 paths from b to e" in found
    assert "b → c → e:  1 · 2 = 2" in found and "b → d → e:  1 · 3 = 3" in found
    assert "their sum: ∂e/∂b = 2 + 3 = 5" in found
    assert "∂e/∂b = 5 at a = 2, b = 1" in found
    root = tree(little)
    assert len([g for g in root.iter(f"{SVG}g") if g.get("class") == "gp-path"]) == 2


def test_each_path_has_its_lines_on_each_of_its_edges(little):
    edges = {
        (g.get("data-from"), g.get("data-to")): g
        for g in tree(little).iter(f"{SVG}g")
        if g.get("class") == "gp-edge"
    }
    assert set(edges) == {("a", "c"), ("b", "c"), ("b", "d"), ("c", "e"), ("d", "e")}

    def strokes(*edge):
        paths = edges[edge].iter(f"{SVG}path")
        return [p.get("class") for p in paths if p.get("fill") == "none"]

    assert strokes("b", "c") == strokes("c", "e") == ["s-path1"]
    assert strokes("b", "d") == strokes("d", "e") == ["s-path2"]
    assert strokes("a", "c") == ["s-line"]


def test_both_modes_stand_side_by_side_with_their_counts(little):
    found = texts(little)
    assert "4 multiplications, 1 addition" in found and "5 multiplications, 1 addition" in found
    for text in ["∂a/∂b = 0", "∂b/∂b = 1", "∂c/∂b = 1", "∂d/∂b = 1", "∂e/∂a = 2", "∂e/∂e = 1"]:
        assert text in found
    tops = {text: box.y for text, box in little.drawing.texts}
    assert tops["Forward mode, downwards from b"] == tops["Reverse mode, upwards from e"]


def test_paths_that_share_an_edge_run_beside_each_other():
    a, b = gp.scalars("a b")
    c = a * b
    picture = gp.derive((c + a) * c, a).picture(a=2, b=3)
    root = check(picture)
    most = 0
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "gp-edge":
            lines = [p for p in group.iter(f"{SVG}path") if p.get("fill") == "none"]
            assert len({p.get("d") for p in lines}) == len(lines)
            assert len({p.get("stroke-dasharray") for p in lines}) == len(lines)
            most = max(most, len(lines))
    assert most == 2


def test_of_many_paths_the_first_are_drawn_and_all_are_counted():
    (x,) = gp.scalars("x")
    e = x
    for _ in range(10):
        e = gp.sin(e) * gp.exp(e)
    picture = gp.derive(e, x).picture(x=0.1)
    check(picture)
    found = texts(picture)
    assert any(text.startswith("1,024 paths from x to ") for text in found)
    assert "1,018 more paths not drawn" in found
    assert any(t.startswith("their sum: ") for t in found)


def test_several_starts_share_the_colours_and_each_has_its_sum():
    w, x, b = gp.scalars("w x b")
    picture = gp.derive(gp.sigmoid(w * x + b), [w, b]).picture(w=0.5, x=-1.5, b=0.3)
    check(picture)
    found = texts(picture)
    assert "1 path from w to v₁" in found and "1 path from b to v₁" in found
    assert "Forward mode, downwards from w" in found and "Forward mode, downwards from b" in found
    assert any("rounded to 4 digits" in text for text in found)


def test_what_has_no_way_to_the_result_has_derivative_zero():
    a, b = gp.scalars("a b")
    picture = gp.derive(a * 2, [a, b]).picture(a=3)
    check(picture)
    assert {"no path leads from b to c", "∂c/∂b = 0"} <= set(texts(picture))


def test_names_are_escaped_and_greek():
    a, beta = gp.scalars("a beta")
    picture = gp.derive(gp.maximum(a, beta) / beta, [beta]).picture(a=1, beta=2)
    check(picture)
    assert "β = 2" in texts(picture)
    assert "&" not in re.sub(r"&(amp|lt|gt|quot|apos|#\d+);", "", picture.svg)


def test_too_many_quantities_are_refused_in_one_line():
    (x,) = gp.scalars("x")
    e = x
    for _ in range(45):
        e = gp.sin(e)
    with pytest.raises(gp.FormulaError, match=r"46 quantities; a picture holds at most 40") as info:
        gp.derive(e, x).picture(x=1)
    assert "\n" not in str(info.value)


def test_a_point_where_it_is_not_defined_is_named():
    a, b = gp.scalars("a b")
    with pytest.raises(gp.FormulaError, match="a division by b = 0"):
        gp.derive(a / b, b).picture(a=1, b=0)
    with pytest.raises(gp.FormulaError, match="b has no value"):
        gp.derive(a / b, b).picture(a=1)


def test_pictures_show_and_save_themselves(little, tmp_path):
    assert little._repr_svg_() == little.svg
    little.save(tmp_path / "e.svg")
    assert (tmp_path / "e.svg").read_text() == little.svg
    with pytest.raises(gp.GlasspropError, match=r"'\.sgv' names no format.*'\.svg'"):
        little.save(tmp_path / "e.sgv")
    with pytest.raises(gp.GlasspropError, match="does not exist"):
        little.save(tmp_path / "no" / "e.svg")
    assert [path.name for path in tmp_path.iterdir()] == ["e.svg"]


def test_pictures_need_nothing_else(little):
    rest = little.svg.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\(|@import|<script|href", rest)
    assert "prefers-color-scheme:dark" in little.svg
    assert 'fill="#' in little.svg  # for readers that know no variables


def luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_or_followed_stands_out(colours):
    def contrast(one, other):
        low, high = sorted((luminance(colours[one]), luminance(colours[other])))
        return (high + 0.05) / (low + 0.05)

    for name in ["ink", "soft", "backward", *(f"path{k + 1}" for k in range(len(DASHES)))]:
        assert contrast(name, "paper") >= 4.5, name
    for box in ("box", "given", "back"):
        assert contrast("ink", box) >= 7 and contrast("soft", box) >= 4.5
    assert contrast("line", "paper") >= 3
    assert set(LIGHT) == set(DARK) and len(set(DASHES)) == len(DASHES)


@pytest.mark.parametrize(
    "value, text",
    [(2.0, "= 2"), (-0.5, "= −0.5"), (1 / 3, "≈ 0.3333"), (1e-7, "= 1e−07"), (0.0, "= 0")],
)
def test_numbers_for_the_eye(value, text):
    assert equal_to(value) == text


def test_numbers_are_near_their_values():
    for value in (123456789.0, 1e300, -2.5e-300, 9999.95, 0.30000000000000004):
        assert float(rounded(value).replace("−", "-")) == pytest.approx(value, rel=1e-3)


FUNCTIONS = (gp.sin, gp.tanh, gp.sigmoid, gp.softplus, gp.relu, gp.square, gp.abs)


@st.composite
def scalar_formulas(draw):
    """A formula of numbers with shared parts, and a point."""
    symbols = gp.scalars("a b c x_long_name")
    made = list(symbols)
    for _ in range(draw(st.integers(1, 18))):
        u, v = draw(st.sampled_from(made)), draw(st.sampled_from(made[-5:]))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            made.append(u + v)
        elif kind == 1:
            made.append(u * v)
        elif kind == 2:
            made.append(u - 0.3 * v)
        elif kind == 3:
            made.append(u / (v * v + 1.7))
        else:
            made.append(draw(st.sampled_from(FUNCTIONS))(v))
    wrt = draw(st.lists(st.sampled_from(symbols), min_size=1, max_size=4, unique=True))
    return made[-1], wrt, {s.name: draw(st.floats(-1.5, 1.5)) for s in symbols}


@settings(max_examples=25, deadline=None)
@given(scalar_formulas())
def test_random_formulas_are_drawn_without_overlaps(case):
    e, wrt, values = case
    derivation = gp.derive(e, wrt)
    known = {s.name for s in (*derivation.inner.givens, *derivation.inner.gradients)}
    evaluation = derivation.evaluate(**{k: v for k, v in values.items() if k in known})
    if len(evaluation.reverse.derivatives) > scalar_picture.MOST_NODES:
        return
    start = time.perf_counter()
    picture = scalar_picture.draw(evaluation)
    assert time.perf_counter() - start < 2
    check(picture)
    nodes = [g for g in tree(picture).iter(f"{SVG}g") if (g.get("id") or "").startswith("node-")]
    named = {g.get("data-name") for g in nodes}
    assert set(evaluation.reverse.derivatives) <= named
    drawn = {
        (g.get("data-from"), g.get("data-to"))
        for g in tree(picture).iter(f"{SVG}g")
        if g.get("class") == "gp-edge"
    }
    assert drawn == {(edge.source, edge.target) for edge in evaluation.edges}
    listed = [g for g in tree(picture).iter(f"{SVG}g") if g.get("class") == "gp-path"]
    counts = evaluation.path_counts.values()
    assert len(listed) == sum(min(n, len(DASHES) // len(counts)) for n in counts)


# -- networks

NETWORKS = {
    "little": lambda: gp.Network([2, 3, 1]),
    "book": lambda: gp.Network([784, 30, 10]),
    "entropy": lambda: gp.Network(
        784, gp.Dense(512, "relu"), gp.Dense(10, "softmax"), cost="cross_entropy"
    ),
    "decay": lambda: gp.Network([4, 5, 6, 3], cost="cross_entropy", l2=0.1),
    "six": lambda: gp.Network([4, 5, 6, 5, 6, 5, 3]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_has_every_quantity_with_its_shape(name):
    derivation = NETWORKS[name]().derivation
    picture = derivation.picture()
    root = check(picture)
    ids = {g.get("id") for g in root.iter(f"{SVG}g")}
    inner = derivation.inner
    wanted = {step.name for step in inner.steps} | {symbol.name for symbol in inner.givens}
    assert {f"node-{name}" for name in wanted} <= ids
    shapes = " ".join(texts(picture))
    for symbol in inner.gradients:
        sizes = [str(axis.size) for axis in symbol.axes]
        assert f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})" in shapes


def test_forward_and_backward_quantities_are_in_the_picture():
    found = texts(gp.Network([2, 3, 1]).derivation.picture())
    for text in [
        "x",
        "W¹",
        "z¹",
        "a¹",
        "δ¹",
        "δ²",
        "∂Cₓ/∂W²",
        "∂Cₓ/∂b¹",
        "∂Cₓ/∂a¹",
        "Cₓ",
        "(n, 3)",
    ]:
        assert text in found


def test_the_way_back_goes_where_derivatives_go():
    root = check(gp.Network([2, 3, 1]).derivation.picture())
    back = {}
    for group in root.iter(f"{SVG}g"):
        if group.get("class") == "gp-edge":
            classes = [p.get("class") for p in group.iter(f"{SVG}path")]
            back[group.get("data-from"), group.get("data-to")] = "s-backward" in classes
    assert back["z2", "a2"] and back["W1", "z1"] and back["a2", "C"]
    assert not back["x", "z1"] and not back["y", "C"]


def test_deep_networks_are_folded_and_say_so():
    picture = gp.Network([784, *[30] * 9, 10]).derivation.picture()
    root = check(picture)
    found = texts(picture)
    assert "⋮  layers 3 to 8  ⋮" in found and "6 layers, each made like layer 2" in found
    ids = {g.get("id") for g in root.iter(f"{SVG}g")}
    assert {"node-z2", "node-delta9", "node-a10"} <= ids and "node-z5" not in ids


def test_layers_that_differ_are_not_called_alike():
    kinds = ["relu", "tanh"] * 4
    net = gp.Network(5, *(gp.Dense(4, kind) for kind in kinds))
    found = texts(net.derivation.picture())
    assert "4 layers, not drawn" in found


def test_a_very_deep_network_is_drawn_quickly():
    derivation = gp.Network([4] * 101).derivation
    start = time.perf_counter()
    picture = derivation.picture()
    assert time.perf_counter() - start < 5
    check(picture)


@pytest.mark.parametrize("name", ["convolution", "attention", "little_graph", "arithmetic"])
def test_other_derivations_are_drawn_too(name):
    derivation = getattr(derivations, name)()
    picture = network_picture.draw(derivation)
    root = check(picture)
    ids = {g.get("id") for g in root.iter(f"{SVG}g")}
    assert {f"node-{step.name}" for step in derivation.forward} <= ids


def test_the_mini_batch_is_drawn_with_its_own_shapes():
    derivation = gp.Network([2, 3, 1]).derivation
    assert "(n, 3)" in texts(derivation.lift().picture())


def test_other_notations_write_other_names():
    from glassprop.show.notation.notation import find_notation

    inner = gp.Network([2, 3, 1]).derivation.inner
    svg = network_picture.layer_graph(inner, find_notation("ng"))
    assert 'id="node-delta2"' in svg and "δ²" not in svg
