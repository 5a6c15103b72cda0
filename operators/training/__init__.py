"""Models of a user: training, comparing and keeping them."""
