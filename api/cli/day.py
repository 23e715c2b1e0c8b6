"""`portor day`."""


def day() -> None:
    """Run a day."""
