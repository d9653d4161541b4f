"""The application: rooms by capability over the ledger library (DESIGN, section 9)."""
