"""The REST edge: DRF begins and ends here."""
