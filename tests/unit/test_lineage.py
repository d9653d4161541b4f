"""Walks up and down find everything once, end on cycles, and say when they left something out (promise 7)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.events.lineage import Edge, Mark, Walk, downstream, not_traced, recalled, upstream


class Graph:
    def __init__(self, *edges: tuple[str, int, str]) -> None:
        self.edges = [Edge(source.encode(), quantity, output.encode()) for source, quantity, output in edges]

    def inputs_of(self, batch: bytes) -> Iterable[Edge]:
        return (edge for edge in self.edges if edge.output == batch)

    def outputs_of(self, batch: bytes) -> Iterable[Edge]:
        return (edge for edge in self.edges if edge.input == batch)


# Two ponds into crab, crab into paste and shell, both (by-product broth) into soup.
JOURNEY = Graph(
    ("pond1", 70, "crab"), ("pond2", 30, "crab"), ("crab", 60, "paste"), ("crab", 40, "shell"),
    ("paste", 9, "soup"), ("shell", 8, "soup"),
)  # fmt: skip


def test_upstream_gives_each_ancestor_once_with_its_least_depth() -> None:
    walk = upstream(b"soup", JOURNEY.inputs_of, 100)
    assert walk.depths == {b"soup": 0, b"paste": 1, b"shell": 1, b"crab": 2, b"pond1": 3, b"pond2": 3}
    assert walk.others == (b"paste", b"shell", b"crab", b"pond1", b"pond2")
    assert set(walk.edges) == set(JOURNEY.edges)
    assert not walk.truncated


def test_downstream_gives_each_descendant_once() -> None:
    walk = downstream(b"pond1", JOURNEY.outputs_of, 100)
    assert walk.depths == {b"pond1": 0, b"crab": 1, b"paste": 2, b"shell": 2, b"soup": 3}
    assert Edge(b"pond2", 30, b"crab") not in walk.edges


def test_a_batch_without_edges_stands_alone() -> None:
    assert upstream(b"pond1", JOURNEY.inputs_of, 1) == Walk(b"pond1", {b"pond1": 0}, (), False)


def test_repeated_uses_are_summed() -> None:
    graph = Graph(("crab", 5, "paste"), ("crab", 7, "paste"))
    assert upstream(b"paste", graph.inputs_of, 9).edges == (Edge(b"crab", 12, b"paste"),)


def test_a_cycle_ends() -> None:
    graph = Graph(("a", 1, "b"), ("b", 2, "c"), ("c", 3, "a"))
    walk = upstream(b"a", graph.inputs_of, 100)
    assert walk.depths == {b"a": 0, b"c": 1, b"b": 2}
    assert set(walk.edges) == set(graph.edges)
    assert not walk.truncated


@pytest.mark.parametrize(("limit", "truncated"), [(6, False), (5, True), (2, True), (1, True)])
def test_the_limit_is_kept_and_reported(limit: int, truncated: bool) -> None:
    walk = upstream(b"soup", JOURNEY.inputs_of, limit)
    assert len(walk.depths) == limit
    assert walk.truncated is truncated
    assert all(edge.input in walk.depths and edge.output in walk.depths for edge in walk.edges)


def test_the_mark_not_traced_is_inherited_from_any_ancestor() -> None:
    outside = {b"pond2", b"shell"}
    mark = not_traced(b"soup", outside.__contains__, JOURNEY.inputs_of, 100)
    assert mark == Mark((b"shell", b"pond2"), False)
    assert mark.marked
    assert not not_traced(b"soup", {b"other"}.__contains__, JOURNEY.inputs_of, 100).marked


def test_a_batch_from_outside_bears_the_mark_itself() -> None:
    assert not_traced(b"pond1", {b"pond1"}.__contains__, JOURNEY.inputs_of, 100).marked


def test_a_walk_cut_short_cannot_rule_the_mark_out() -> None:
    mark = not_traced(b"soup", {b"pond1"}.__contains__, JOURNEY.inputs_of, 4)
    assert mark == Mark((), True)
    assert mark.marked


def test_a_recalled_ingredient_is_found_at_any_depth_nearest_first() -> None:
    flagged = {b"pond2", b"shell"}
    assert recalled(b"soup", flagged.__contains__, JOURNEY.inputs_of, 100) == Mark((b"shell", b"pond2"), False)
    flagged.clear()  # lifted
    assert not recalled(b"soup", flagged.__contains__, JOURNEY.inputs_of, 100).marked


def test_a_recalled_batch_is_no_ingredient_of_itself_nor_of_what_it_was_made_of() -> None:
    assert not recalled(b"soup", {b"soup"}.__contains__, JOURNEY.inputs_of, 100).marked
    assert not recalled(b"crab", {b"soup", b"paste"}.__contains__, JOURNEY.inputs_of, 100).marked


@pytest.mark.parametrize("limit", [1, 4])
def test_a_walk_cut_short_cannot_rule_a_recalled_ingredient_out(limit: int) -> None:
    mark = recalled(b"soup", {b"pond1"}.__contains__, JOURNEY.inputs_of, limit)
    assert mark == Mark((), True)
    assert mark.marked


NODES = st.sampled_from("abcdefgh")


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(st.tuples(NODES, st.integers(1, 9), NODES), max_size=20), NODES)
def test_any_graph_up_and_down_agree(edges: list[tuple[str, int, str]], start: str) -> None:
    """`x` is upstream of `y` exactly when `y` is downstream of `x`; depths along an edge differ by at most one."""
    graph, batch = Graph(*edges), start.encode()
    walk = upstream(batch, graph.inputs_of, 100)
    for other in walk.others:
        assert batch in downstream(other, graph.outputs_of, 100).depths
    for node in b"abcdefgh":
        name = bytes([node])
        assert (name in walk.depths) == (batch in downstream(name, graph.outputs_of, 100).depths)
    assert all(walk.depths[edge.input] <= walk.depths[edge.output] + 1 for edge in walk.edges)
