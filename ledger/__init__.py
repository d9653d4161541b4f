"""The ledger as a library. Reads no environment and knows no web framework (DESIGN, section 9)."""
