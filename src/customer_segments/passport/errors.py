"""What keeps a passport from being made."""


class PassportError(Exception):
    """The call, the warehouse or the raw files are wrong; the message says what to do."""
