"""An operator at the Union's pages, for tests: forms filled in, asked once more, confirmed; and a dead event, honestly come by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from devnet.keys import worthless

from ledger.bindings import registries
from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.events.identifiers import party_id
from ledger.events.model import Status
from ledger.store.database import Store
from ledger.submit import Council
from tests.gateway_process import Gateway, gateway, until
from tests.signed_in import Device

NOBODY = "http://127.0.0.1:9"
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def asked(device: Device, path: str, **fields: Any) -> httpx.Response:
    """The page that asks once more."""
    answer = device.send(path, **fields)
    assert answer.status_code == 200, answer.text
    assert 'name="step"' in answer.text, answer.text
    return answer


def confirmed(device: Device, answer: httpx.Response, step: str = "make") -> httpx.Response:
    """What a browser sends when the button of that page is pressed: its hidden fields and the button's own."""
    assert f'value="{step}"' in answer.text, answer.text
    form = answer.text.split("<main", 1)[1].split("</main>")[0]
    typed: dict[str, list[str]] = {}
    for name, value in _HIDDEN.findall(form):
        typed.setdefault(unescape(name), []).append(unescape(value))
    return device.http.post(str(answer.request.url), data=typed | {"step": step})


def done(device: Device, path: str, **fields: Any) -> str:
    """Proposed and confirmed; the page it leads to."""
    answer = confirmed(device, asked(device, path, **fields))
    assert answer.status_code == 303, answer.text
    shown = device.http.get(answer.headers["location"])
    assert shown.status_code == 200 and "final in block" in shown.text, shown.text
    return shown.text


def text_of(answer: httpx.Response | str) -> str:
    """What the page says, without its markup, blanks as they are read."""
    html = answer if isinstance(answer, str) else answer.text
    main = html.split("<main", 1)[1].partition(">")[2].split("</main>")[0]
    inline = re.sub("</?(b|bdi|code|span)( [^>]*)?>", "", main)
    return " ".join(unescape(re.sub("<[^>]+>", " ", inline)).split())


@contextmanager
def one_event_dies(data: Path, rpc: str, event: dict[str, Any], party: str) -> Iterator[Gateway]:
    """Acknowledged while the chain was away; before it came back, the council suspended the party. `data` has no gateway now."""
    with gateway(data, NOBODY, ready=False) as cut_off:
        id = cut_off.record(event)["id"]
        cut_off.kill()
    deployment = Deployment.load(data / "ledger.json")
    store = Store(data / "council-elsewhere.db")
    council = Council(store, Node(rpc), deployment, worthless("council", deployment.chain_id).private)
    council.change((deployment.parties, registries.set_status(party_id(party), Status.SUSPENDED)))
    store.close()
    with gateway(data, rpc) as running:
        until(lambda: running.operator.get(f"/v1/events/{id}").json()["state"] == "dead", "the event is dead", 240)
        yield running
