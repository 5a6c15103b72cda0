"""What stops the demo in an orderly way."""


class DemoError(Exception):
    """Something that the user can put right, said in one sentence."""
