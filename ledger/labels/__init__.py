"""WHAT A SERIAL IS: issued, voided or not issued, with its proof; and the serials to print, for who may (docs/spec/items.md)."""

from ledger.labels.issued import Issued, Label, Shown, State

__all__ = ["Issued", "Label", "Shown", "State"]
