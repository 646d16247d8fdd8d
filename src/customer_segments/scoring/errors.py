"""What keeps a file from being scored."""


class ScoringError(Exception):
    """The call, the file or the warehouse is wrong; the message says what to do."""


def counted(count: int, noun: str) -> str:
    """A number of things: `1 row`, `2,920 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
