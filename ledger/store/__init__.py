"""WHAT WE KEEP: one database. The write side must never be lost; the projection is a function of the chain's logs."""
