"""FROM OUTBOX TO CHAIN."""

from ledger.submit.council import Council
from ledger.submit.submitter import Submitter

__all__ = ["Council", "Submitter"]
