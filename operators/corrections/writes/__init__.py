"""What changes a review: opening it and correcting it; log first, then documents, then fields."""
