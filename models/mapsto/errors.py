"""The one error users are meant to see: their input cannot be used, and this is why."""


class BadInput(ValueError):
    """Input that cannot be used.

    The message is a single line that says what came, what was expected and what to do about it;
    the command line prints it as it is and exits with status 2.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
