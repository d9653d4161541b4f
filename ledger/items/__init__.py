"""ITEMS: serials, their tree, proofs (docs/spec/items.md). Pure: no store, no chain, no clock."""
