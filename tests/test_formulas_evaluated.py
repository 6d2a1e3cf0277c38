"""The formulas that pages show are evaluated: each shipped one is right, or is named here with why it is not read."""

import math
from dataclasses import fields

import numpy as np
import pytest
from scipy.special import gamma, kv, ndtr

from mapsto import BadInput
from mapsto.certificate.facts.formulas import formulas_are_the_density
from mapsto.certificate.facts.formulas_of_rows import formula_is_the_density, formulas_are_the_likelihood
from mapsto.certificate.facts.latex import functions_of, read, symbols_of
from mapsto.likelihoods.noise_priors.registry import shipped as noise_priors
from mapsto.likelihoods.registry import shipped as likelihoods
from mapsto.priors.registry import shipped as priors

# what is not compared, by the plug-in's name: a sum over groups, and densities that are integrals over scales
NOT_READ = {
    "group_laplace": "constant_formula",
    "hierarchical_normal": "scales integrated out",
    "r2d2": "scales integrated out",
    "regularized_horseshoe": "scales integrated out",
}

# the check function of quantiles is defined with an argument
NOT_READ_OF_ROWS = {"asymmetric_laplace": {"formula", "loss_formula", "exponent_formula"}}

VALUES = {
    r"\frac{w^2}{2 s^2}": 9 / 8,
    r"e^{-w^2/2s^2}": math.exp(-9 / 8),
    r"-\frac{p}{2}\log 2\pi s^2": -2.5 * math.log(8 * math.pi),
    r"\log 2s + 1": math.log(4) + 1,
    r"\log(s)w": 3 * math.log(2),
    r"\log\frac{w}{s}": math.log(1.5),
    r"2\log\cosh\left(\frac{w}{2s}\right)": 2 * math.log(math.cosh(0.75)),
    r"\frac{1}{4s}\,\cosh^{-2}\left(\frac{w}{2s}\right)": 1 / 8 / math.cosh(0.75) ** 2,
    r"\tfrac12 w": 1.5,
    r"\left\lvert\frac{-w}{s}\right\rvert^3": 1.5**3,
    r"\frac{\max(w,0)}{s}+|{-w}|": 4.5,
    r"\sqrt[3]{w}+\sqrt{s}": 3 ** (1 / 3) + math.sqrt(2),
    r"\Gamma(w)\Phi(-s)": gamma(3) * ndtr(-2),
    r"K_{s}(w)": kv(2, 3),
    r"\operatorname{erf}(s)+\mathrm{erfc} s": math.erf(2) + math.erfc(2),
    r"\max(w,s,1)-\min(w,s)": 1.0,
    r"\frac{w^2}{2g},\quad g=s": 9 / 4,
    r"\binom{w}{s} w!": 3 * 6,
    r"\log (w)!": math.log(6),
    r"(w)^{-(s+1)/2}": 3**-1.5,
    r"\exp(-u),\quad u=w/s": math.exp(-1.5),
    r"\frac{w^2}{s}\;(w\ge 0)": 4.5,
    r"p(w)\propto 1/w": 1 / 3,
}


@pytest.mark.parametrize("text", VALUES)
def test_a_formula_has_the_value_it_is_written_for(text):
    value, definitions = read(text)
    found = value(definitions | {"w": 3.0, "s": 2.0, "p": 5})
    assert found == pytest.approx(VALUES[text], rel=8 * np.finfo(float).eps)


def test_sums_norms_and_matrices():
    w, C = np.array([1.0, -2.0, 0.5]), np.diag([1.0, 4.0, 0.25])
    at = {"w": w, "C": C, "s": 2.0, "p": 3}
    assert read(r"\sum_j\frac{w_j^2}{s}")[0](at) == pytest.approx(2.625)
    assert read(r"w_1^2+\sum_{j=1}^{p-1}(w_{j+1}-w_j)^2")[0](at) == 1 + 9 + 6.25
    assert read(r"\lVert w\rVert^2 + \|w\|^2")[0](at) == pytest.approx(2 * 5.25)
    assert read(r"w^\top C^{-1} w")[0](at) == pytest.approx(1 + 1 + 1)
    assert read(r"\tfrac12\log\det s C")[0](at) == pytest.approx(0.5 * math.log(8))
    assert symbols_of(r"\exp(-u),\quad u=w/\sigma_w") == {"w", "sigma_w"}


@pytest.mark.parametrize(
    "text",
    [r"\log\text{ of the normaliser}", r"\frac{1", "w^", r"\sum_k w_k", r"\foo{w}", r"w,\quad else", r"a \sim b", ")"],
)
def test_what_cannot_be_read_is_refused_and_never_guessed(text):
    with pytest.raises(BadInput, match=r"cannot be evaluated|is no definition"):
        read(text)


def wrong_and_left_out(comparisons):
    seen = list(comparisons)
    return [one.where for one in seen if not one.fine], {one.left_out for one in seen if one.left_out}


@pytest.mark.parametrize("kind", priors().values(), ids=lambda kind: kind.name)
def test_the_formulas_of_each_prior_are_its_density(kind):
    for example in kind.examples(3):
        wrong, left_out = wrong_and_left_out(formulas_are_the_density(example, 3))
        assert wrong == []
        assert (NOT_READ[kind.name] in " ".join(left_out)) if kind.name in NOT_READ else left_out == set()


@pytest.mark.parametrize("kind", likelihoods().values(), ids=lambda kind: kind.name)
def test_the_formulas_of_each_likelihood_are_its_density(kind):
    for example in kind.examples():
        wrong, left_out = wrong_and_left_out(formulas_are_the_likelihood(example))
        assert wrong == []
        assert {text.partition(":")[0].partition(",")[0] for text in left_out} == NOT_READ_OF_ROWS.get(kind.name, set())


@pytest.mark.parametrize("kind", noise_priors().values(), ids=lambda kind: kind.name)
def test_the_formula_of_each_prior_on_sigma_is_its_density(kind):
    example = kind(*(1.5 for _ in fields(kind)))
    assert wrong_and_left_out(formula_is_the_density(example)) == ([], set())


@pytest.mark.parametrize("name", sorted(priors().keys() - NOT_READ.keys()))
@pytest.mark.parametrize("text", ["formula", "penalty_formula", "constant_formula"])
def test_a_formula_that_is_off_is_noticed(name, text):
    example = priors()[name].examples(3)[0]
    wrong = rf"1+{getattr(example, text)}"
    object.__setattr__(example, text, wrong)
    assert any(text in where for where in wrong_and_left_out(formulas_are_the_density(example, 3))[0])


def test_a_letter_of_the_penalty_that_is_no_parameter_fails_by_name():
    class Wrong(priors()["laplace"]):
        penalty_formula = r"\frac{v\lvert w\rvert}{s}"

    wrong = [one for one in formulas_are_the_density(Wrong(scale=2.0)) if not one.fine]
    assert [one.where for one in wrong if "holds v, which is no parameter's" in one.where]


def test_the_penalty_is_a_function_that_a_formula_may_name():
    class Named(priors()["laplace"]):
        formula = r"\frac{1}{2s}e^{-\phi(w)}"

    class Wrong(Named):
        formula = r"\frac{1}{2s}e^{-2\phi(w)}"

    class Coupled(priors()["multivariate_normal"]):
        formula = r"c\,e^{-\phi(w)}"

    assert wrong_and_left_out(formulas_are_the_density(Named(scale=2.0))) == ([], set())
    assert wrong_and_left_out(formulas_are_the_density(Wrong(scale=2.0)))[0]
    assert wrong_and_left_out(formulas_are_the_density(Coupled.examples(3)[0]))[0] == []


def test_a_letter_that_only_looks_like_a_function_is_a_number():
    """g is a function in g(w) and a parameter in 2g."""

    class Named(priors()["laplace"]):
        formula = r"\frac{1}{2g}e^{-\lvert w\rvert/g}"
        penalty_formula = r"\frac{\lvert w\rvert}{g}"

    class Wrong(Named):
        penalty_formula = r"\frac{\lvert w\rvert}{2g}"

    assert wrong_and_left_out(formulas_are_the_density(Named(scale=2.0)))[0] == []
    assert wrong_and_left_out(formulas_are_the_density(Wrong(scale=2.0)))[0]
    assert functions_of(r"g(w)+2h") == {"g"}


def test_the_constant_may_stand_next_to_the_loss_or_next_to_the_exponent():
    class Beside(likelihoods()["gamma"]):
        constant_formula = r"\sum_i\left(\log\Gamma(kq_i)-kq_i\log kq_i-(kq_i-1)\log y_i\right)"

    class Wrong(Beside):
        constant_formula = r"1+\sum_i\left(\log\Gamma(kq_i)-kq_i\log kq_i-(kq_i-1)\log y_i\right)"

    assert wrong_and_left_out(formulas_are_the_likelihood(Beside(2.5))) == ([], set())
    assert "constant_formula" in wrong_and_left_out(formulas_are_the_likelihood(Wrong(2.5)))[0][0]
