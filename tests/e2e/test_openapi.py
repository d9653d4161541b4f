"""The API's own description is true: every answer is one it names, and nothing sent to it by that description is a fault.

A generator (Schemathesis) makes requests that the description allows and requests that it forbids, with and without the
operator's key, always the same ones; without a key only what asks for one, for the rest it makes no difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway_process import Gateway, Json

EXAMPLES = 5
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(nguon: Gateway) -> Json:
    document: Json = httpx.get(f"{nguon.url}/openapi.json").json()
    return document


def operations(described: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_a_valid_openapi_document(described: Json) -> None:
    schemathesis.openapi.from_dict(described).validate()
    assert described["openapi"].startswith("3.1") and described["info"]["title"] == "Nguon"


def test_every_reference_leads_somewhere(described: Json) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for member in value.values():
                yield from references(member)
        elif isinstance(value, list):
            for member in value:
                yield from references(member)

    for reference in set(references(described)):
        found: Any = described
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_every_error_is_described_as_a_problem(described: Json) -> None:
    for name, operation in operations(described):
        for status, response in operation["responses"].items():
            if int(status) < 400 or name.startswith(("GET /01/", "GET /p/", "GET /health/")):
                continue
            assert list(response["content"]) == ["application/problem+json"], (name, status)
            assert response["content"]["application/problem+json"]["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_what_needs_a_key_says_so(nguon: Gateway, described: Json) -> None:
    """Whoever asks without a key is told 401 exactly where the description asks for one."""
    for name, operation in operations(described):
        method, path = name.split()
        answer = httpx.request(
            method, nguon.url + path.replace("{", "").replace("}", ""), params={"idempotency_key": "x"}, json={}
        )
        assert (answer.status_code == 401) == ("security" in operation) == ("401" in operation["responses"]), name


@pytest.mark.parametrize(
    ("key", "mode"),
    [(True, GenerationMode.POSITIVE), (True, GenerationMode.NEGATIVE), (False, GenerationMode.POSITIVE)],
    ids=["operator, allowed", "operator, forbidden", "nobody, allowed"],
)
def test_every_answer_is_one_that_the_description_names(
    nguon: Gateway, described: Json, key: bool, mode: GenerationMode
) -> None:
    headers = {"Authorization": nguon.operator.headers["authorization"]} if key else {}
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS
    asked: Counter[str] = Counter()
    chosen = {
        name
        for name, operation in operations(described)
        if (key or "security" in operation) and (mode is GenerationMode.POSITIVE or something_can_be_wrong(operation))
    }
    for found in schemathesis.openapi.from_dict(described).get_all_operations():
        operation = found.ok()
        if operation.label in chosen:
            probe(operation.as_strategy(generation_mode=mode), nguon.url, headers, checks, asked)
    assert asked.keys() == chosen and len(chosen) >= 5


def something_can_be_wrong(operation: Json) -> bool:
    """By the description: any text may stand where a path has a parameter without further conditions."""
    conditions = [
        each for each in operation.get("parameters", []) if each["schema"].keys() - {"type", "title", "description"}
    ]
    return "requestBody" in operation or bool(conditions)


def probe(strategy: Any, url: str, headers: dict[str, str], checks: list[Any], asked: Counter[str]) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=strategy)
    def run(case: schemathesis.Case) -> None:
        asked[case.operation.label] += 1
        case.validate_response(case.call(base_url=url, headers=headers), checks=checks)

    run()
