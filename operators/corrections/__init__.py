"""Corrections of clusters: pure state and actions, their log, and their place in the database.

`state`, `delta`, `draft`, `actions`, `statements`, `history`, `summaries`, `pairs` and `naming`
know arrays only.
"""
