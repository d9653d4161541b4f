"""EPCIS 2.0 in: documents of other systems become custody events of this ledger.

document → masterdata, epc, quantities → mapping (what an event says) → custody (who holds what) → capture (record, report)
"""
