"""`GET /v1/ledger`: which ledger this gateway serves. What a verifier needs it takes from elsewhere, not from here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from gateway.auth.actions import Action, does

router = APIRouter(prefix="/v1/ledger", tags=["ledger"])


@router.get("", summary="Identity of the ledger, and how far the index has followed it")
@does(Action.READ)
async def ledger(request: Request) -> dict[str, Any]:
    state = request.app.state
    deployment = state.deployment
    return {
        "ledger_id": "0x" + deployment.ledger_id.hex(),
        "chain_id": deployment.chain_id,
        "contracts": {
            "ledger": "0x" + deployment.ledger.hex(),
            "parties": "0x" + deployment.parties.hex(),
            "products": "0x" + deployment.products.hex(),
        },
        "gateway": "0x" + state.receipts.address.hex(),
        "code_hash": "0x" + deployment.code_hash.hex(),
        "start": deployment.start,
        "development": state.acts_for_anyone,
        "as_of": state.reader.position(),
    }
