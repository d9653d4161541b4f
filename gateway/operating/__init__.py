"""The pages of the Union: who takes part, what may be made of what, how the network stands."""

from gateway.operating import network, parties, products, yields

ROUTERS = (network.router, parties.router, products.router, yields.router)
