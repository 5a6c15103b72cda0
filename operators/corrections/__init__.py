"""Corrections of clusters: what they mean, where they are kept, and how they are carried out.

Each package imports only from those before it, and of the plugin's others only `base` and `data`;
`reads` alone also calls the library:

`partition`, `documents`, `log`, `writes`, `reads`.
"""
