"""Who said it: signers, recovery of the address from a signature, keys at rest."""
