"""Says what goes on in words of whoever sorts images, the method's own term in brackets."""

_WORDS = {
    "Trains GCN-V": "Learning which neighbors are alike (GCN-V)",
    "Trains GCN-C": "Learning which clusters are alike (GCN-C)",
    "Relevant components": "Looking for what tells the images apart (relevant components)",
    "Nearest neighbors": "Looking for the images that resemble each (nearest neighbors)",
    "Relations": "Comparing neighbors (relations)",
    "GCN-V": "Telling which neighbors are alike (GCN-V)",
    "Pruning": "Putting together what is surely alike (pruning)",
    "Recalibration": "Learning from what is known how fine clusters are (recalibration)",
    "GCN-C and merging": "Merging clusters that are alike (GCN-C)",
    "GCN-C": "Merging clusters that are alike (GCN-C)",
    "Merging": "Merging clusters that are alike",
    "Number of clusters": "Making as many clusters as you know of",
    "Cluster relations": "Telling which clusters are alike (GCN-C)",
}
_ENDS = (",", ":")


def stage_words(label: str) -> str:
    """Words a stage of the method for a progress bar.

    Args:
        label: What is reported of it, perhaps with the time left, as "GCN-V, about 1 minute left".

    Returns:
        The same in plain words; what is none of the method's terms stays as it is.
    """
    for term, words in _WORDS.items():
        rest = label.removeprefix(term)
        if rest != label and (not rest or rest.startswith(_ENDS)):
            return words + rest
    return label
