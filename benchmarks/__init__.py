"""Programs that measure the product; nothing in it imports them."""
