"""The one write use-case: from a draft to a signed event that is durably kept (DESIGN, section 6)."""

from ledger.recording.burying import Undertaker
from ledger.recording.drafts import (
    BatchName,
    Draft,
    MakeDraft,
    MoveDraft,
    NoteDraft,
    OutputDraft,
    RecallDraft,
    VoidDraft,
)
from ledger.recording.keyring import Keyring
from ledger.recording.recorder import Goods, Outcome, Recorded, Recorder, RecordRequest
from ledger.recording.renewing import Renewals
from ledger.recording.rewrapping import KeyEncryptionKeys
from ledger.recording.waiting import Waiting

__all__ = [
    "BatchName",
    "Draft",
    "Goods",
    "KeyEncryptionKeys",
    "Keyring",
    "MakeDraft",
    "MoveDraft",
    "NoteDraft",
    "Outcome",
    "OutputDraft",
    "RecallDraft",
    "RecordRequest",
    "Recorded",
    "Recorder",
    "Renewals",
    "Undertaker",
    "VoidDraft",
    "Waiting",
]  # fmt: skip
