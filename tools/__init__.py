"""What `make demo` and `make test` share: the environment and a database of their own."""
