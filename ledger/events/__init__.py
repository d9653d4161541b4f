"""WHAT CAN BE SAID. Pure: no input or output, no clock, no database."""
