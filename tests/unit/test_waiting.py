"""Promise: what people enter waits as they entered it, is signed once in that order, and can be taken back or replaced until
then (ledger/recording/waiting.py). On a real database; the chain is not asked."""

from __future__ import annotations
