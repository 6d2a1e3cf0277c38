"""The one error users are meant to see: their input cannot be used, and this is why."""

MOST_CHARACTERS = 800  # of one message; a longer one echoes its input
TAIL = 250  # of them kept from its end, where it says what to do


class BadInput(ValueError):
    """Input that cannot be used.

    The message is a single line that says what came, what was expected and what to do about it;
    the command line prints it as it is and exits with status 2.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    """``text`` as one printable line of a readable length.

    Control characters (terminal escape sequences among them), bidirectional overrides and lone surrogates become
    their escapes, as in ``repr``; the middle of a long text is left out.
    """
    words = " ".join(text.split())
    if len(words) > MOST_CHARACTERS:
        words = f"{words[: MOST_CHARACTERS - TAIL]} … {words[-TAIL:]}"
    return printable(words)


def printable(text: str) -> str:
    """``text`` with everything that a terminal would obey instead of showing as its escape."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def told(error: BaseException) -> str:
    """The class and message of an error that somebody else's code raised; it may fail at saying even that."""
    try:
        message = str(error)
    except Exception:
        message = "(its message cannot be made)"
    return f"{type(error).__name__}: {message}"


def unwritable(text: str) -> bool:
    """Whether ``text`` holds NUL or a lone surrogate, which no file of ours can hold."""
    return "\0" in text or (not text.isascii() and any("\ud800" <= one <= "\udfff" for one in text))
