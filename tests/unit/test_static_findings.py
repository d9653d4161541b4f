"""Promise: no finding of high or medium impact passes unexplained, and neither does an explanation or a slither that is blind."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.static import PLANTED, PLANTED_CHECKS, explanations, judged

EXPLAINED = """
[[explained]]
check = "unused-return"
at = ["Events._read"]
why = "because"
"""


def finding(check: str, impact: str, file: str = "contracts/src/ledger/Events.sol") -> dict[str, Any]:
    """One that slither makes of a local variable: it names the function and the contract around it."""
    contract = {"type": "contract", "name": "Events"}
    function = {"type": "function", "name": "_read", "type_specific_fields": {"parent": contract}}
    variable = {"type": "variable", "name": "hash", "type_specific_fields": {"parent": function}}
    element = {**variable, "source_mapping": {"filename_relative": file}}
    return {"check": check, "impact": impact, "description": "as it is said", "elements": [element]}


PLANTS = [finding(check, "High", PLANTED) for check in PLANTED_CHECKS]


def test_what_is_explained_passes_and_low_findings_are_counted() -> None:
    found = [*PLANTS, finding("unused-return", "Medium"), finding("timestamp", "Low")]
    result, wrong = judged(found, explanations(EXPLAINED))
    assert wrong == []
    assert result["impacts"] == {"Low": 1, "Medium": 1}
    assert result["explained"] == [{"check": "unused-return", "at": "Events._read", "why": "because"}]


@pytest.mark.parametrize("impact", ["High", "Medium"])
def test_another_finding_in_the_same_function_is_unexplained(impact: str) -> None:
    found = [*PLANTS, finding("unused-return", "Medium"), finding("reentrancy-eth", impact)]
    assert judged(found, explanations(EXPLAINED))[1] == ["unexplained: reentrancy-eth: as it is said"]


def test_an_explanation_whose_finding_is_gone_is_wrong() -> None:
    assert judged(PLANTS, explanations(EXPLAINED))[1] == ["explained, but gone: unused-return Events._read"]


def test_a_planted_defect_that_is_not_found_is_wrong() -> None:
    assert judged([], {})[1] == [f"planted, but not found: {check}" for check in sorted(PLANTED_CHECKS)]


@pytest.mark.parametrize("text", [EXPLAINED * 2, EXPLAINED.replace("because", " ")])
def test_nothing_is_explained_twice_or_by_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="twice or not at all"):
        explanations(text)
