"""Walks over what was made from what: pure, breadth first, safe on cycles.

Batches form a graph, and not always an acyclic one: a batch stays open for days, so what was made from it (another lot
of the same product) may flow back into it. A walk keeps a set of what it has seen, and stops at a limit it reports.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edge:
    """One use of a batch: `quantity` (base units of the input's product) of `input` went into `output`.

    An event with several outputs leaves an edge from each input to each output, every one with the whole quantity used:
    fillet and heads come from the same fish.
    """

    input: bytes
    quantity: int
    output: bytes


EdgesOf = Callable[[bytes], Iterable[Edge]]


@dataclass(frozen=True, slots=True)
class Walk:
    """What a walk found. `depths` maps each batch, the start (0) included, to its least distance, in order of visit.

    `edges` are those between batches of the walk, uses of the same input by the same output summed up. `truncated` says
    that the limit left something out: then nothing may be concluded from what is missing.
    """

    start: bytes
    depths: dict[bytes, int]
    edges: tuple[Edge, ...]
    truncated: bool

    @property
    def others(self) -> tuple[bytes, ...]:
        """All batches but the start, nearest first."""
        return tuple(batch for batch in self.depths if batch != self.start)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark that goods inherit from what they were made of.

    `sources` are the batches that bear it themselves, nearest first. A truncated walk cannot rule the mark out, so it
    marks too: a verdict is never greener than the evidence.
    """

    sources: tuple[bytes, ...]
    truncated: bool

    @property
    def marked(self) -> bool:
        return bool(self.sources) or self.truncated


def upstream(batch: bytes, inputs_of: EdgesOf, limit: int) -> Walk:
    """All ancestors. `inputs_of(b)` gives the edges whose output is `b`; at most `limit` batches are visited."""
    return _walk(batch, inputs_of, lambda edge: edge.input, limit)


def downstream(batch: bytes, outputs_of: EdgesOf, limit: int) -> Walk:
    """All descendants. `outputs_of(b)` gives the edges whose input is `b`; at most `limit` batches are visited."""
    return _walk(batch, outputs_of, lambda edge: edge.output, limit)


def not_traced(batch: bytes, is_outside: Callable[[bytes], bool], inputs_of: EdgesOf, limit: int) -> Mark:
    """The mark "not traced before here": whether `batch` or any ancestor came from outside the ledger.

    `is_outside(b)`: the batch's own stored mark (docs/spec/event.md, section 2).
    """
    walk = upstream(batch, inputs_of, limit)
    return Mark(tuple(b for b in walk.depths if is_outside(b)), walk.truncated)


def recalled(batch: bytes, is_recalled: Callable[[bytes], bool], inputs_of: EdgesOf, limit: int) -> Mark:
    """Whether `batch` contains a recalled ingredient: any ancestor, not itself, that is recalled at this moment.

    `is_recalled(b)`: any of the batch's own three flags (docs/spec/law.md, Recall). A Lift takes effect as soon as a
    Recall does, for nothing inherited is stored.
    """
    walk = upstream(batch, inputs_of, limit)
    return Mark(tuple(b for b in walk.others if is_recalled(b)), walk.truncated)


def _walk(start: bytes, edges_of: EdgesOf, far_end: Callable[[Edge], bytes], limit: int) -> Walk:
    depths = {start: 0}
    sums: dict[tuple[bytes, bytes], int] = {}
    truncated = False
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for edge in edges_of(here):
            other = far_end(edge)
            if other not in depths:
                if len(depths) >= limit:
                    truncated = True
                    continue
                depths[other] = depths[here] + 1
                queue.append(other)
            key = (edge.input, edge.output)
            sums[key] = sums.get(key, 0) + edge.quantity
    edges = tuple(Edge(source, quantity, output) for (source, output), quantity in sums.items())
    return Walk(start, depths, edges, truncated)
