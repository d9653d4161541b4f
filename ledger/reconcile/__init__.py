"""WALK EVERYTHING: the index again from the chain, and all that is kept here held against chain, hashes and audit log."""
