"""What keeps the tables from being published."""


class PublishError(Exception):
    """Nothing was published; the message says why, and what to do."""
