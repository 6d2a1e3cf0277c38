r"""A small part of LaTeX, parsed: what the mathematics in a sentence is made of.

It knows letters, Greek letters by command, numbers, operators, relations, brackets, norms, subscripts, superscripts,
roots, fractions, ``\log`` and its like, and ``\text``. How the tree is set in a line is said in ``mapsto.marks``.
Formulas on lines of their own are not read here: a page draws those as MathML.
"""

from __future__ import annotations

from mapsto.errors import BadInput

TYPE_CHECKING = False  # as type checkers take it; importing typing, like re, takes a third of a list's time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    Kind = Literal[
        "letter", "number", "word", "function", "operator", "relation", "slash", "opening", "closing", "comma", "space"
    ]
    type Node = Atom | Script | Root | Fraction | Group

HELD = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

_SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi"
_GREEK = dict(zip(_SMALL.split(), "αβγδεζηθικλμνξπρστυφχψ", strict=True)) | {"omega": "ω"}
_LARGE = "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
_CAPITAL = dict(zip(_LARGE.split(), "ΓΔΘΛΞΠΣΦΨΩ", strict=True))
_COMMANDS: dict[str, tuple[str, Kind]] = {
    **{name: (letter, "number" if name == "pi" else "letter") for name, letter in _GREEK.items()},
    **{name: (letter, "number") for name, letter in _CAPITAL.items()},  # upright, as LaTeX has them
    **{name: (name, "function") for name in ("log", "exp", "max", "min", "det", "sin", "cos", "tanh")},
    **{"sum": ("∑", "function"), "prod": ("∏", "function"), "int": ("∫", "function")},
    **{"times": ("×", "operator"), "div": ("÷", "operator"), "cdot": ("·", "operator"), "pm": ("±", "operator")},
    **{"le": ("≤", "relation"), "ge": ("≥", "relation"), "ne": ("≠", "relation"), "approx": ("≈", "relation")},
    **{"propto": ("∝", "relation"), "sim": ("∼", "relation"), "mid": ("|", "relation"), "in": ("∈", "relation")},
    **{"to": ("→", "relation"), "ll": ("≪", "relation"), "gg": ("≫", "relation"), "equiv": ("≡", "relation")},
    **{"lVert": ("‖", "opening"), "rVert": ("‖", "closing"), "lvert": ("|", "opening"), "rvert": ("|", "closing")},
    **{"infty": ("∞", "number"), "ldots": ("…", "number"), "dots": ("…", "number"), "top": ("⊤", "number")},
    **{"partial": ("∂", "function"), "quad": (HELD * 2, "space"), "left": ("", "space"), "right": ("", "space")},
    **{",": ("\N{NARROW NO-BREAK SPACE}", "space"), ";": (HELD, "space"), " ": (HELD, "space")},
    **{"{": ("{", "opening"), "}": ("}", "closing"), "%": ("%", "number"), "$": ("$", "number")},
}
_SIGNS: dict[str, tuple[str, Kind]] = {
    **{"+": ("+", "operator"), "-": (MINUS, "operator"), "/": ("/", "slash"), ",": (",", "comma"), ";": (";", "comma")},
    **{"=": ("=", "relation"), "<": ("<", "relation"), ">": (">", "relation"), ":": (":", "relation")},
    **{"(": ("(", "opening"), "[": ("[", "opening"), ")": (")", "closing"), "]": ("]", "closing")},
    **{"!": ("!", "closing"), "'": ("\N{PRIME}", "closing"), ".": (".", "number"), "~": (HELD, "space")},
}
_ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
_PAIRED = {"lVert": "rVert", "lvert": "rvert"}


class Atom:
    """A letter, a number, an operator, a bracket, or a space."""

    def __init__(self, text: str, kind: Kind) -> None:
        self.text, self.kind = text, kind


class Script:
    """A base with something below it, above it, or both."""

    def __init__(self, base: Node, below: Group | None = None, above: Group | None = None) -> None:
        self.base, self.below, self.above = base, below, above


class Root:
    """A square root."""

    def __init__(self, inside: Group) -> None:
        self.inside = inside


class Fraction:
    """A quotient."""

    def __init__(self, over: Group, under: Group) -> None:
        self.over, self.under = over, under


class Group:
    """Nodes one after the other."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes


def parse(source: str) -> Group:
    """The tree of a formula, given without its dollar signs.

    Raises:
        BadInput: a command or a character that is not part of the subset, or braces that do not match.
    """
    parser = _Parser(source)
    group = parser.group(until=None)
    if not group.nodes:
        raise parser.error("nothing stands between its dollar signs")
    return group


def tokens(source: str) -> list[str]:
    """Commands, numbers, runs of spaces and single characters, in their order; nothing is left out."""
    found, at = [], 0
    while at < len(source):
        start, at = at, at + 1
        if source[start] == "\\":
            at = _past(source, at, str.isalpha) if source[at : at + 1].isalpha() else min(at + 1, len(source))
        elif source[start].isspace():
            at = _past(source, at, str.isspace)
        elif source[start].isdecimal() or (source[start] == "." and source[at : at + 1].isdecimal()):
            at = _past(source, start, str.isdecimal)
            if source[at : at + 1] == "." and source[at + 1 : at + 2].isdecimal():
                at = _past(source, at + 1, str.isdecimal)
        found.append(source[start:at])
    return found


def _past(source: str, at: int, among: Callable[[str], bool]) -> int:
    """The place after the run of such characters that starts at ``at``."""
    while at < len(source) and among(source[at]):
        at += 1
    return at


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = tokens(source)[::-1]  # the next one is last
        self.bars = 0

    def error(self, why: str) -> BadInput:
        """What is wrong with the formula."""
        return BadInput(f"${self.source}$ cannot be read: {why}; keep to the part of LaTeX that mapsto.latex knows")

    def group(self, until: str | None) -> Group:
        """Everything up to ``until``, which is consumed, or to the end."""
        nodes: list[Node] = []
        while True:
            token = self.tokens.pop() if self.tokens else None
            if token == until:
                return Group(tuple(nodes))
            if token is None or token == "}" or token[1:] in _PAIRED.values():
                raise self.error(f"{'its end' if token is None else token} came where {until or 'none'} was due")
            if token.isspace():
                continue
            if token in ("_", "^"):
                self._script(nodes, token)
            else:
                nodes.append(self._node(token))

    def _node(self, token: str) -> Node:
        name = token[1:]
        if token == "{":
            return self.group("}")
        if token in ("\\text", "\\mathrm", "\\operatorname"):
            return Atom(self._text(), "function" if name == "operatorname" else "word")
        if token == "\\sqrt":
            return Root(self._argument())
        if token in ("\\frac", "\\tfrac", "\\dfrac"):
            return Fraction(self._argument(), self._argument())
        if token[0] == "\\" and name in _ACCENTS:
            inside = self._argument().nodes
            if len(inside) != 1 or not isinstance(inside[0], Atom) or len(inside[0].text) != 1:
                raise self.error(f"\\{name} goes over one letter")
            return Atom(inside[0].text + _ACCENTS[name], "letter")
        if token[0] == "\\" and name in _PAIRED:
            inner = self.group("\\" + _PAIRED[name])
            return Group((Atom(*_COMMANDS[name]), *inner.nodes, Atom(*_COMMANDS[_PAIRED[name]])))
        if token == "|":
            self.bars += 1
            return Atom("|", "opening" if self.bars % 2 else "closing")
        if token[0] == "\\" and name in _COMMANDS:
            return Atom(*_COMMANDS[name])
        if token in _SIGNS:
            return Atom(*_SIGNS[token])
        if token.isascii() and (token.isalpha() or token[-1].isdigit()):
            return Atom(token, "letter" if token.isalpha() else "number")
        raise self.error(f"{token} is not known here")

    def _script(self, nodes: list[Node], token: str) -> None:
        if not nodes:
            raise self.error(f"{token} has nothing to stand at")
        base, part = nodes.pop(), self._argument()
        old = base if isinstance(base, Script) else Script(base)
        if (old.below if token == "_" else old.above) is not None:
            raise self.error(f"two {token} stand at one symbol")
        nodes.append(Script(old.base, part, old.above) if token == "_" else Script(old.base, old.below, part))

    def _argument(self) -> Group:
        """What a command or a script takes: a group in braces, or the next character or command."""
        while self.tokens and self.tokens[-1].isspace():
            self.tokens.pop()
        if not self.tokens or self.tokens[-1] in ("}", "_", "^"):
            raise self.error("an argument is missing")
        token = self.tokens.pop()
        if token == "{":
            return self.group("}")
        if len(token) > 1 and token[0] != "\\":  # a number: LaTeX takes its first digit
            self.tokens.append(token[1:])
            token = token[0]
        return Group((self._node(token),))

    def _text(self) -> str:
        """The words in the braces that follow, as they stand."""
        if not self.tokens or self.tokens.pop() != "{":
            raise self.error("\\text takes words in braces")
        words = []
        while self.tokens and (token := self.tokens.pop()) != "}":
            if token[0] in "\\{":
                raise self.error(f"{token} stands within \\text")
            words.append(token)
        return "".join(words)
