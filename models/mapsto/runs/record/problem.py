"""What was asked: the table, the likelihood, the noise and the prior."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from mapsto.runs.record.answers import Number, SampledScalar

Positive = Annotated[float, Meta(gt=0)]
Params = dict[str, bool | int | float | str | list[float | list[float]] | None]
"""Parameters by name; a list holds one number, or one row of numbers, for each coefficient."""


class WeightsRecord(Struct, frozen=True, kw_only=True):
    """The rows' weights q > 0, where they have any: their sum, the least and the largest."""

    total: Positive
    least: Positive
    most: Positive


class LikelihoodRecord(Struct, frozen=True, kw_only=True):
    """The likelihood p(y | w, b).

    Attributes:
        name: what users call it.
        label: its name for readers.
        formula: the density of one response, LaTeX.
        loss: the loss over all rows, LaTeX.
        factor: what minus the log density is multiplied by to give the loss, LaTeX; "1" where it is in nats already.
        constant: the part of minus the log likelihood without the slopes, LaTeX.
        params: its parameters other than the noise.
        reference: where the formula is from.
        paragraph: what it believes of the data, in a few sentences.
    """

    name: str
    label: str
    formula: str
    loss: str
    factor: str
    constant: str
    params: Params
    reference: str
    paragraph: str


class NoisePriorRecord(Struct, frozen=True, kw_only=True):
    """The prior of a learned sigma: its name, the name for readers, parameters, density in LaTeX, and source."""

    name: str
    label: str
    params: Params
    formula: str
    reference: str


class NoiseRecord(Struct, frozen=True, kw_only=True):
    """Sigma, the standard deviation of the noise.

    Attributes:
        kind: "known", "plugged" (estimated from these data, then held fixed), "learned", or "none" for a likelihood
            without noise.
        value: sigma at which the point estimate is taken, in units of the target; None where there is none.
        how: a sentence that says where the value is from.
        prior: the prior of sigma where it is learned.
        posterior: what the draws say of sigma where it is learned.
    """

    kind: Literal["known", "plugged", "learned", "none"]
    value: Positive | None
    how: str
    prior: NoisePriorRecord | None
    posterior: SampledScalar | None


class LearnedRecord(Struct, frozen=True, kw_only=True):
    """A parameter of the likelihood besides sigma that the posterior learns.

    Attributes:
        symbol: what formulas call it, LaTeX.
        value: where the point estimate is taken.
        prior: its prior.
        posterior: what the draws say of it; None without draws.
    """

    symbol: str
    value: Positive
    prior: NoisePriorRecord
    posterior: SampledScalar | None


class PriorRecord(Struct, frozen=True, kw_only=True):
    """The prior of the slopes.

    Attributes:
        name: what users call it.
        label: its name for readers, with the capitals of people's names.
        params: its parameters.
        formula: the density of one slope, LaTeX.
        penalty: minus its logarithm without constants, LaTeX.
        constant: the constant of the log density, LaTeX.
        reference: where the formula is from.
        paragraph: what it believes and what its mode hides, in a few sentences.
        separable: whether the density is a product over slopes, so that its formula is that of one.
    """

    name: str
    label: str
    params: Params
    formula: str
    penalty: str
    constant: str
    reference: str
    paragraph: str
    separable: bool


class ProblemRecord(Struct, frozen=True, kw_only=True):
    """The data and what is believed of them.

    Attributes:
        n, p: number of rows and of columns.
        rows_at_hand: rows that predictions, leave-one-out errors and what is kept by row are of: all, a random sample
            of a table that was read a piece at a time, or none where only statistics came.
        features: names of the columns, p of them.
        target: name of the response.
        intercept: whether the model has one.
        weights: the rows' weights, or None where all rows count alike.
        likelihood, noise, prior: the model.
        learned: parameters of the likelihood besides sigma that are learned, by name.
        alpha: the ridge penalty that the prior amounts to, where one number says it: sigma^2 / sigma_w^2.
        notes: remarks about the columns.
    """

    n: Annotated[int, Meta(ge=2)]
    p: Annotated[int, Meta(ge=1)]
    rows_at_hand: Annotated[int, Meta(ge=0)]
    features: list[str]
    target: str
    intercept: bool
    weights: WeightsRecord | None
    likelihood: LikelihoodRecord
    noise: NoiseRecord
    learned: dict[str, LearnedRecord] = field(default_factory=dict)
    prior: PriorRecord
    alpha: Number
    notes: list[str]
