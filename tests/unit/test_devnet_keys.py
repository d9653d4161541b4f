"""The worthless keys are the same for ever, and stay on the development chain."""

from __future__ import annotations

import pytest
from devnet.keys import NAMES, worthless
from devnet.settings import DevnetError

ADDRESSES = {
    "deployer": "0xc11262c3B03c03BDBb7Dc33095B5c6778E5a64f6",
    "council": "0xCD980B62A39E3873C582B0C11F80f200884D25c4",
    "relayer": "0x7ac188DBA90127536762C10d4DA0ABE50c931cd8",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_the_same_on_every_machine(name: str) -> None:
    """Contract addresses follow from the deployer's: another key would be another ledger."""
    assert worthless(name, 31337).address == ADDRESSES[name]


@pytest.mark.parametrize("chain_id", [0, 1, 5, 31336, 313370])
def test_no_other_chain_gets_a_worthless_key(chain_id: int) -> None:
    with pytest.raises(DevnetError, match=f"not on chain {chain_id}"):
        worthless("deployer", chain_id)


def test_there_are_no_further_names() -> None:
    with pytest.raises(DevnetError, match="deployer, council, relayer"):
        worthless("farmer", 31337)
