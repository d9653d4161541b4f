"""A development chain without Hardhat: a keeper around Anvil that keeps every block it has acknowledged (README.md)."""
