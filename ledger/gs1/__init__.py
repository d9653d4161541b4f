"""GS1's own grammar: Application Identifiers, their values, and the web addresses made of them (docs/spec/resolver.md)."""
