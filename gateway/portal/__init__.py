"""The portal of a cooperative: what its people record, what they hold, what is on its way."""

from gateway.portal.harvest import router as harvest
from gateway.portal.receiving import router as receiving
from gateway.portal.today import router as today

ROUTERS = (today, harvest, receiving)
