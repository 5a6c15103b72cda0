"""The dataset: what is worked on, and the fields and records that are written there."""
