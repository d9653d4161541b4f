"""Measurements, each in one run: what Nguon costs beside what others cost. Never part of the tests."""
