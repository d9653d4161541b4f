"""The resolver of GS1 Digital Links (docs/spec/resolver.md): from a code on a pack to what this ledger tells about it."""
