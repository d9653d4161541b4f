"""What an operator can watch: metrics that count what is kept, log lines that hold no secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.devnet_process import devnet
from tests.gateway_process import Gateway, client, gateway, until


def read(running: Gateway) -> dict[str, float]:
    answer = running.operator.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        sample.name + "".join(f"|{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_metrics_count_what_is_kept_and_refused(nguon: Gateway) -> None:
    # other tests' events may still be on their way
    before = until(lambda: (found := read(nguon))["nguon_oldest_open_event_seconds"] == 0 and found, "nothing is open")
    coop = nguon.party("coop", "producer")
    seen = {"kind": "Observe", "party": coop, "occurred_at": "2025-11-20T07:30:00+07:00", "place": "urn:nguon:pond"}
    ids = [nguon.record(seen)["id"] for _ in range(3)]
    sale = {"kind": "Sell", "party": coop, "occurred_at": seen["occurred_at"], "batch": "0x" + "11" * 32, "quantity": 1}
    assert nguon.refused(sale)["law"] == "UnknownBatch"
    nguon.final(*ids)
    after = read(nguon)
    for name in ("nguon_recorded_events", "nguon_acknowledged_events|final"):
        assert after[name] == before[name] + 3
    assert after["nguon_leads"] == 1 and after["nguon_wrong_chain"] == 0
    assert after["nguon_oldest_open_event_seconds"] == 0
    posts = "nguon_http_request_seconds_count|POST|/v1/events|"
    assert after[posts + "202"] >= before.get(posts + "202", 0) + 3
    refused = "nguon_refusals_total|UnknownBatch"
    assert after[refused] == before.get(refused, 0) + 1


def test_the_metrics_are_the_operators(nguon: Gateway) -> None:
    coop = nguon.party("coop", "producer")
    assert client(nguon.url).get("/metrics").status_code == 401
    assert nguon.as_party(coop).get("/metrics").status_code == 403


def test_a_request_has_an_id_that_its_log_line_has_too_and_no_line_has_a_secret(tmp_path: Path) -> None:
    with devnet(tmp_path, beat=0.05) as chain, gateway(tmp_path, chain.rpc) as running:
        key = running.operator.headers["authorization"].removeprefix("Bearer ")
        given = running.operator.get("/v1/ledger", headers={"X-Request-Id": "clerk-7"})
        assert given.headers["x-request-id"] == "clerk-7"
        drawn = running.operator.get("/v1/ledger", headers={"X-Request-Id": "<script>"})
        assert re.fullmatch(r"[0-9a-f]{16}", drawn.headers["x-request-id"])
        typed = "urn%3Anguon%3Awhat-a-client-typed"
        running.operator.get(f"/v1/parties/{typed}", params={"api_key": key})

        def lines() -> list[dict[str, object]] | None:
            found = [json.loads(line) for line in (tmp_path / "gateway.log").read_text().splitlines()]
            return found if any(line.get("route") == "/v1/parties/{id}" for line in found) else None

        logged = until(lines, "the request is logged")
        (line,) = [line for line in logged if line.get("request") == "clerk-7"]
        assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/ledger", 200)
        text = (tmp_path / "gateway.log").read_text()
        assert key not in text and "what-a-client-typed" not in text
