"""Where things stand in pictures of graphs: nothing on anything else, few crossings, quick."""

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassprop.show.pictures.graph.edges import strand
from glassprop.show.pictures.graph.layered import LANE, Link, cut, depth_first, levels
from glassprop.show.pictures.graph.layout import Box, lay_out
from glassprop.show.pictures.graph.ordering import crossings, order
from glassprop.show.pictures.text_width import fold, text_width


@st.composite
def graphs(draw, most=40):
    """Sizes and links of a graph without cycles, with labels and lines beside each other."""
    count = draw(st.integers(1, most))
    names = [f"n{k}" for k in range(count)]
    sizes = {n: (draw(st.integers(20, 200)), draw(st.integers(20, 60))) for n in names}
    links = []
    for k in range(1, count):
        sources = draw(st.sets(st.integers(0, k - 1), max_size=3))
        for source in sorted(sources):
            label = draw(st.sampled_from([None, (40.0, 20.0), (150.0, 22.0)]))
            links.append(Link(names[source], names[k], label, draw(st.integers(1, 6))))
    return sizes, links


def inside(box):
    """A box without its edge, where numbers are rounded."""
    return Box(box.x + 1e-6, box.y + 1e-6, box.width - 2e-6, box.height - 2e-6)


def boxes_of(layout):
    return [*layout.boxes.values(), *layout.labels.values()]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_nothing_lies_on_anything_else(graph):
    sizes, links = graph
    layout = lay_out(sizes, links)
    assert set(layout.boxes) == set(sizes)
    assert set(layout.labels) == {link.key for link in links if link.label}
    for one, other in combinations(map(inside, boxes_of(layout)), 2):
        assert not one.overlaps(other)
    for box in boxes_of(layout):
        assert box.x >= -1e-6 and box.right <= layout.width + 1e-6
        assert box.y >= -1e-6 and box.bottom <= layout.height + 1e-6
    for name, (width, height) in sizes.items():
        assert layout.boxes[name].width >= width and layout.boxes[name].height == height


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_edges_run_through_nothing_but_their_own_label(graph):
    sizes, links = graph
    layout = lay_out(sizes, links)
    for link in links:
        runs = layout.routes[link.key]
        source, target = layout.boxes[link.source], layout.boxes[link.target]
        half = LANE * (link.lanes - 1) / 2
        assert runs[0].top == source.bottom and runs[-1].bottom == target.y
        assert source.x < runs[0].x - half and runs[0].x + half < source.right
        assert target.x < runs[-1].x - half and runs[-1].x + half < target.right
        others = [box for name, box in layout.boxes.items() if name not in link.key]
        others += [box for key, box in layout.labels.items() if key != link.key]
        foreign = [inside(box) for box in others]
        for run in runs:
            line = Box(run.x - half, run.top, 2 * half + 0.1, run.bottom - run.top)
            assert run.bottom >= run.top and not any(line.overlaps(box) for box in foreign)
        for one, following in pairwise(runs):  # a curve keeps to the band between two runs
            low, high = sorted((one.x, following.x))
            band = Box(low - half, one.bottom, high - low + 2 * half, following.top - one.bottom)
            assert not any(band.overlaps(box) for box in foreign)


@settings(max_examples=20, deadline=None)
@given(graphs())
def test_layout_is_quick(graph):
    start = time.perf_counter()
    lay_out(*graph)
    assert time.perf_counter() - start < 2


@settings(max_examples=60, deadline=None)
@given(graphs(12))
def test_rows_lead_downwards_and_ordering_never_adds_crossings(graph):
    sizes, links = graph
    level = levels(list(sizes), [link.key for link in links])
    assert all(level[link.source] < level[link.target] for link in links)
    assert min(level.values()) >= 0
    assert sorted(depth_first(list(sizes), links)) == sorted(sizes)
    rows = cut(sizes, links).rows
    before, members = crossings(rows), [{id(slot) for slot in row} for row in rows]
    order(rows)
    assert crossings(rows) <= before
    assert [{id(slot) for slot in row} for row in rows] == members


def test_crossings_are_found_and_taken_away():
    sizes = dict.fromkeys("abcd", (20, 20))
    rows = cut(sizes, [Link("a", "d"), Link("b", "c")]).rows
    rows[1].sort(key=lambda slot: slot.node)
    rows[0].sort(key=lambda slot: slot.node)
    assert crossings(rows) == 1
    order(rows)
    assert crossings(rows) == 0


def test_lines_beside_each_other_keep_their_distance():
    layout = lay_out({"a": (400, 20), "b": (20, 20), "c": (20, 20)}, [Link("b", "c", None, 4)])
    runs = layout.routes["b", "c"]
    starts = [float(strand(runs, lane, 4)[1:].split()[0]) for lane in range(4)]
    assert [b - a for a, b in pairwise(starts)] == pytest.approx([LANE] * 3, abs=0.11)


def test_an_empty_graph_has_no_size():
    layout = lay_out({}, [])
    assert (layout.width, layout.height, layout.boxes) == (0, 0, {})


@given(st.text(max_size=80), st.integers(30, 300))
def test_folded_text_fits_and_is_whole(text, room):
    lines = fold(text, 14, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert len(line) <= 1 or text_width(line, 14) <= room


def test_folding_keeps_a_number_with_its_operator():
    lines = fold("∂e/∂b = 2.25 + 3.75 ≈ 6", 14, 90)
    assert len(lines) > 1 and not any(line.endswith(("+", "≈", "=")) for line in lines)
