"""What demo, tests and benchmarks share: the environment, a database of their own, the App."""
