"""mapsto: which prior a penalty assumes, whether a fit is that posterior's mode, and what it left out.

The public names are imported when they are first used (scientific-python's SPEC 1), so ``import mapsto`` imports no
other library. Editors and type checkers read them in ``__init__.pyi``, which a test compares with this list.
"""

from importlib import import_module

import lazy_loader

__version__ = "0.1.0"

_lazily, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "certificate": ["Certificate", "Check"],
        "certificate.gate": ["Gate"],
        "conventions": ["ImpliedPrior", "NotAPrior", "prior_of", "translate"],
        "conventions.elicit": ["elicit"],
        "data.statistics": ["SufficientStatistics"],
        "engines.settings": ["Settings"],
        "engines.sklearn": ["Recipe"],
        "errors": ["BadInput"],
        "estimators.classifier": ["PosteriorClassifier"],
        "estimators.regressor": ["PosteriorRegressor"],
        "likelihoods.asymmetric_laplace": ["AsymmetricLaplaceNoise"],
        "likelihoods.bernoulli": ["Bernoulli"],
        "likelihoods.binomial": ["Binomial"],
        "likelihoods.gamma": ["Gamma"],
        "likelihoods.gaussian": ["Gaussian"],
        "likelihoods.huber": ["HuberNoise"],
        "likelihoods.negative_binomial": ["NegativeBinomial"],
        "likelihoods.noise_priors": [
            "FlatNoise",
            "GammaNoise",
            "HalfCauchyNoise",
            "HalfNormalNoise",
            "HalfStudentTNoise",
            "InverseGammaNoise",
            "JeffreysNoise",
        ],
        "likelihoods.poisson": ["Poisson"],
        "likelihoods.probit": ["Probit"],
        "likelihoods.problem": ["Problem"],
        "likelihoods.sigma": ["Known", "Learned", "PluggedIn"],
        "likelihoods.student_t": ["StudentTNoise"],
        "marks": ["literal"],
        "outcome": ["Estimate", "Failed", "Unsupported"],
        "posteriors.approximate.laplace": ["LaplaceApproximation", "laplace_approximation"],
        "posteriors.closed_form": ["Solution"],
        "posteriors.exact": ["exact_posterior"],
        "posteriors.gaussian": ["GaussianPosterior"],
        "posteriors.normal_inverse_gamma": ["NormalInverseGammaPosterior"],
        "posteriors.quadrature": ["MixturePosterior"],
        "posteriors.ridge.path": ["Spectrum"],
        "priors": [
            "R2D2",
            "AsymmetricLaplace",
            "Cauchy",
            "ElasticNet",
            "Flat",
            "GeneralizedNormal",
            "GPrior",
            "GroupLaplace",
            "HalfNormal",
            "HierarchicalNormal",
            "Laplace",
            "Logistic",
            "MultivariateNormal",
            "Normal",
            "Prior",
            "RandomWalk",
            "RegularizedHorseshoe",
            "ScaleMixture",
            "SpikeAndSlabNormal",
            "StudentT",
        ],
        "rounding": ["gamma", "largest"],
        "runs.audit": ["audit"],
        "runs.audit.fitted_classes": ["MultinomialMode", "multinomial_mode"],
        "runs.comparison.densities": ["compare_densities"],
        "runs.lessons.datasets": [
            "DIABETES_IN_WORDS",
            "DOCTORS_IN_WORDS",
            "LONGLEY_IN_WORDS",
            "STACK_LOSS_IN_WORDS",
            "diabetes",
            "doctors",
            "longley",
            "stack_loss",
        ],
        "runs.lessons.experiment": ["Experiment"],
        "runs.lessons.figure": ["Figure", "Mark", "Series"],
        "runs.lessons.lesson": ["Lesson"],
        "runs.result": ["Result"],
        "runs.run": ["run"],
        "scales": ["resolve_scales"],
        "script": ["run_script"],
    },
)


def __getattr__(name: str) -> object:
    """A public name, or a prior or likelihood that its room knows by its file alone."""
    if name in __all__:
        return _lazily(name)
    if name[:1].isupper():  # no other name can be a class's, and looking for one takes NumPy
        for room in ("priors", "likelihoods", "likelihoods.noise_priors"):
            try:
                kind: object = import_module(f"mapsto.{room}.registry").exported(name)
            except AttributeError:
                continue
            return kind
    raise AttributeError(f"mapsto has no {name!r}; dir(mapsto) lists its names")
