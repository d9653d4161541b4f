"""Parties, products and yields: read by anybody, changed by the operator through the council."""
