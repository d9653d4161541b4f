"""How often the code of one item was looked at, and whether that still looks like one pack (docs/spec/visits.md)."""
