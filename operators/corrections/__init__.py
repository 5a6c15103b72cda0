"""Corrections of clusters: pure state and actions, their log, and their place in the database.

These know arrays only: `actions`, `delta`, `draft`, `history`, `leave_out`, `links`, `naming`,
`nearest`, `pairs`, `settling`, `small`, `state`, `statements`, `strengths`, `summaries`, `texts`.
"""
