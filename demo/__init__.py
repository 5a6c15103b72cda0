"""`make demo`: from a folder of images to clusters in the FiftyOne App."""
