"""What goes on the pack: so far the QR image of a lot."""
