"""Bundles: what a stranger takes along to check a batch without this gateway."""
