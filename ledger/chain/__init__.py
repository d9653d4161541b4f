"""THE NODE: the only room that speaks JSON-RPC."""
