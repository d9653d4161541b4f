"""What a scan shows (DESIGN, section 7): the page that a QR code opens, a pure function of the batch's story."""
