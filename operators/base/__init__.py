"""What every operator needs and nothing here is about: parameters, words, times, the database."""
