"""FOR STRANGERS: checking what a ledger says without trusting who shows it. Reaches no store, no chain, no HTTP."""
