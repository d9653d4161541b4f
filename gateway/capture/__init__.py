"""Recording events over HTTP."""
