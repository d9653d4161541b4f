"""The pages of auditors: what is within their scope, in tables they can work with."""

from gateway.auditing import batches, export, journey

ROUTERS = (batches.router, export.router, journey.router)
"""`/auditing/export.csv` stands before `/auditing/{batch}`."""
