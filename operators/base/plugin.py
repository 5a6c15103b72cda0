"""What the plugin is called."""

PLUGIN = "@autolabel/gcn"
METHOD = "autolabel/gcn"
"""In the records of runs and the notes on fields, which take no "@"."""
