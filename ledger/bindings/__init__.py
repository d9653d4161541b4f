"""THE CONTRACTS AS PYTHON: their committed ABI, their addresses, their calls and logs."""
