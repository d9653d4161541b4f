"""`./scripts/bench gas`: gas per event for each kind at N = 1, 10, 100, beside EAS with the same content in the same run. Exact."""

from __future__ import annotations

from bench.chain import chain
from bench.eas import Eas
from bench.report import Report
from bench.season import CONTENT, Season

SIZES = (1, 10, 100)
SOURCES = ("contracts/src/**/*.sol", "contracts/abi/*.json", "bench/*.py")
LIMITS = {
    "observe": 37_000,
    "receive": 41_500,
    "ship": 68_000,
    "transform": 80_000,
    "commission": 99_000,
    "pack": 121_000,
}
ACTING_BYTES = (
    32 + 32 + 1 + 8 + 12
)  # batch, other party, kind, time, quantity: what an attestation has to say beside the content


def measure() -> Report:
    report = Report("gas", facts={"hardfork": "cancun", "content_bytes": len(CONTENT), "signers": 1})
    with chain() as node:
        season = Season(node)
        at_hundred: dict[str, float] = {}
        for n in SIZES:
            for kind, gas in _kinds(season, n).items():
                report.row(f"{kind}, N={n}", gas / n, "gas/event")
                if n == 100:
                    at_hundred[kind] = gas / n
        steps = _journey(season, 100)
        journey = sum(gas for _, gas in steps) / 100 / len(steps)
        for number, (word, gas) in enumerate(steps, 1):
            report.row(f"journey step {number}: {word}", gas / 100, "gas/event")
        report.row("journey, mean of 11 events", journey, "gas/event")
        eas = Eas(node)
        eas.attest([b"\x01" * (ACTING_BYTES + len(CONTENT))])
        attested = {n: eas.attest([bytes([i + 1]) * ACTING_BYTES + CONTENT for i in range(n)]) / n for n in SIZES}
    for n, gas in attested.items():
        report.row(f"EAS multiAttestByDelegation, N={n}", gas, "gas/event")
    for kind, limit in LIMITS.items():
        name = {"receive": "receive, existing holding", "transform": "transform, open output", "pack": "pack, new"}.get(
            kind, kind
        )
        report.budget(f"gas.{kind}", at_hundred[name if name in at_hundred else f"{kind}, new"], limit)
    report.budget("gas.journey", journey, 68_000)
    report.budget("gas.eas_ratio", attested[100] / journey, 5.5, least=True)
    return report


def _kinds(season: Season, n: int) -> dict[str, float]:
    """Gas of a whole submission of n, each kind over n batches of its own."""
    lots = [b"L%d-%d" % (n, i) for i in range(n)]
    outs = [b"S%d-%d" % (n, i) for i in range(n)]
    found: dict[str, float] = {}
    found["commission, new"] = season.commission(lots)
    found["commission, open batch"] = season.commission(lots)
    found["observe"] = season.observe(season.raw, lots)
    found["ship"] = season.ship(season.raw, lots)
    found["receive, new holding"] = season.receive(season.raw, lots, 5)
    found["receive, existing holding"] = season.receive(season.raw, lots, 4)
    found["sell, first"] = season.sell(season.raw, lots)
    found["sell"] = season.sell(season.raw, lots)
    found["dispose"] = season.dispose(season.raw, lots)
    found["transform, new output"] = season.transform(lots, outs)
    found["transform, open output"] = season.transform(lots, outs)
    found["pack, new"] = season.pack(outs, [b"J%d-%d" % (n, i) for i in range(n)])
    return found


def _journey(season: Season, n: int) -> list[tuple[str, int]]:
    """Eleven events from raw goods to a shop, n journeys side by side."""
    lots = [b"JR%d" % i for i in range(n)]
    salted = [b"JS%d" % i for i in range(n)]
    jars = [b"JJ%d" % i for i in range(n)]
    return [
        ("Commission", season.commission(lots)),
        ("Observe", season.observe(season.raw, lots)),
        ("Ship", season.ship(season.raw, lots)),
        ("Receive", season.receive(season.raw, lots)),
        ("Observe", season.observe(season.raw, lots)),
        ("Transform", season.transform(lots, salted)),
        ("Observe", season.observe(season.salted, salted)),
        ("Pack", season.pack(salted, jars)),
        ("Observe", season.observe(season.jar, jars)),
        ("Ship", season.ship(season.jar, jars, 5)),
        ("Receive", season.receive(season.jar, jars, 5)),
    ]
