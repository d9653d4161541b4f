"""Rules for all tests: a skip is a failure in CI, long campaigns run with --all, a stack on the real chain is shared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
CI = os.environ.get("CI") == "true"
ALL = os.environ.get("NGUON_ALL") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long campaigns are left out of the default tier, not skipped: a skip is a failure in CI."""
    long = [item for item in items if item.get_closest_marker("long") and not ALL]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and CI:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, which may not be: {report.longrepr}"


@pytest.fixture(scope="session")
def shared_vectors() -> Path:
    """The public conformance data beside the checkout."""
    folder = SHARED / "vectors"
    if not folder.is_dir():
        pytest.skip("the public vectors are not beside this checkout (a lone clone)")
    return folder
