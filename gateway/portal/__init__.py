"""The portal of a cooperative: what its people record, what they hold, what is on its way."""
