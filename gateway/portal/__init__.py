"""The portal of a cooperative: what its people record, what they hold, what is on its way."""

from gateway.portal.certifying import router as certifying
from gateway.portal.changing import router as changing
from gateway.portal.collecting import router as collecting
from gateway.portal.disposing import router as disposing
from gateway.portal.harvest import router as harvest
from gateway.portal.labels import router as labels
from gateway.portal.mending import router as mending
from gateway.portal.outside import router as outside
from gateway.portal.packing import router as packing
from gateway.portal.process import router as process
from gateway.portal.recalling import router as recalling
from gateway.portal.receiving import router as receiving
from gateway.portal.selling import router as selling
from gateway.portal.sending import router as sending
from gateway.portal.shipping import router as shipping
from gateway.portal.stock import router as stock
from gateway.portal.today import router as today
from gateway.portal.units import router as units
from gateway.portal.weighing import router as weighing

ROUTERS = (
    today, harvest, collecting, receiving, shipping, sending, weighing, process, packing, labels, selling, outside, stock,
    changing, mending, disposing, recalling, units, certifying,
)  # fmt: skip
