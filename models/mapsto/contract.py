"""What a plug-in has to be before it is used: frozen, with formulas that can be set and parameters that say no.

Each fault is one BadInput line that says what came and what to write instead.
"""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any

from mapsto.errors import BadInput, told

NONSENSE = (0.0, -1.0, math.nan, math.inf)


def is_frozen(kind: Any, where: str, word: str) -> None:
    """Raise BadInput if instances of a dataclass can be changed after they are made."""
    params = getattr(kind, "__dataclass_params__", None)
    if params is None or not params.frozen:
        raise BadInput(
            f"{where}: the {word} {kind.__name__} is not frozen, so its parameters could change during a run; put "
            "@dataclass(frozen=True) above it"
        )
    if "__dataclass_params__" not in vars(kind) and vars(kind).get("__annotations__"):
        own = [name for name, of in vars(kind)["__annotations__"].items() if "ClassVar" not in str(of)]
        if own:
            raise BadInput(
                f"{where}: the {word} {kind.__name__} adds {', '.join(own)} to a dataclass and is none itself; put "
                "@dataclass(frozen=True) above it"
            )


def formulas_parse(kind: Any, names: tuple[str, ...], where: str) -> None:
    """Raise BadInput if a formula is no LaTeX that pages can set."""
    from math_core import LatexError, LatexToMathML

    convert = LatexToMathML(fancy_error=False).convert_with_local_state
    for name in names:
        try:
            convert(getattr(kind, name), displaystyle=True)
        except LatexError as error:
            raise BadInput(
                f"{where}: {name} of {kind.__name__} is {getattr(kind, name)!r}, which is no LaTeX that a page can "
                f"set: {' '.join(str(error).split())}"
            ) from error


def examples_of(kind: Any, word: str, where: str, least: int, *given: Any) -> tuple[Any, ...]:
    """The instances that a plug-in offers for its checks, at least ``least`` different ones if it has parameters.

    Raises:
        BadInput: there are fewer, they are of another class, or making them fails.
    """
    try:
        examples = tuple(kind.examples(*given))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a plug-in may raise anything; it is named and told
        raise BadInput(f"{where}: examples of {kind.__name__} cannot be made: {told(error)}") from error
    wanted = least if fields(kind) else 1
    if sum(one not in examples[:k] for k, one in enumerate(examples)) < wanted:
        raise BadInput(
            f"{where}: the {word} {kind.__name__} offers {len(examples)} of the {wanted} different examples that its "
            "checks need; return more from `examples`"
        )
    if odd := [one for one in examples if type(one) is not kind]:
        raise BadInput(f"{where}: examples of {kind.__name__} hold a {type(odd[0]).__name__}; make them with cls(...)")
    return examples


def parameters_refuse_nonsense(kind: Any, examples: tuple[Any, ...], where: str) -> None:
    """Raise BadInput if a number of the parameters may be NaN or infinite, or 0 or -1 without a stated reason."""
    free = getattr(kind, "unbounded", {})
    for field in (one for one in fields(kind) if one.init):
        numeric = [one for one in examples if _is_numeric(getattr(one, field.name))]
        for bad in NONSENSE if numeric else ():
            if field.name in free and math.isfinite(bad):
                continue
            try:
                replace(numeric[0], **{field.name: _with(getattr(numeric[0], field.name), bad)})
            except BadInput:
                continue
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # a plug-in may raise anything; it is named and told
                raise BadInput(
                    f"{where}: {kind.__name__} with {field.name} = {bad:g} raises {told(error)}; "
                    "raise BadInput with one line instead (mapsto.scales.positive does)"
                ) from error
            why = "" if not math.isfinite(bad) else ", or say in `unbounded` why it may be zero or negative"
            raise BadInput(
                f"{where}: {kind.__name__} takes {field.name} = {bad:g}; refuse it in __post_init__ "
                f"(mapsto.scales.positive does){why}"
            )


def _is_numeric(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and _is_numeric(value[0])
    return isinstance(value, int | float) and not isinstance(value, bool)


def _with(value: Any, bad: float) -> Any:
    return (_with(value[0], bad), *value[1:]) if isinstance(value, tuple) else bad
