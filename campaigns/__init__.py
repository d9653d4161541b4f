"""Long runs that show what tests of minutes cannot, each leaving `docs/evidence/NAME.json`: see evidence.py."""
