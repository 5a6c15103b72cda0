"""Runs against known classes."""
