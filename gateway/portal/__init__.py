"""The portal of a cooperative: what its people record, what they hold, what is on its way."""

from gateway.portal.changing import router as changing
from gateway.portal.disposing import router as disposing
from gateway.portal.harvest import router as harvest
from gateway.portal.mending import router as mending
from gateway.portal.recalling import router as recalling
from gateway.portal.receiving import router as receiving
from gateway.portal.today import router as today
from gateway.portal.units import router as units

ROUTERS = (today, harvest, receiving, changing, mending, disposing, recalling, units)
