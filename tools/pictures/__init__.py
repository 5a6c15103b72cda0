"""The pictures of docs/, made anew: `python -m tools.pictures`."""
