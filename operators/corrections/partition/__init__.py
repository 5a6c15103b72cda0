"""How images are divided into clusters, and what each correction makes of that: arrays only.

Nothing here knows FiftyOne or a database: a row is the place of an image in the arrays.
"""
