"""Trains both networks on labeled images and chooses their thresholds."""
