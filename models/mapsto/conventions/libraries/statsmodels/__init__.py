"""statsmodels' ``fit_regularized``, whose results do not keep their penalty: pass ``alpha=`` and ``L1_wt=``.

A scalar alpha penalises the constant too; in a vector the constant's entry may be zero. Nor do they say how they were
fitted: what is read here holds for the default method, not for ``sqrt_lasso`` or ``profile_scale=True``, whose
objectives are no log posterior with sigma known.
"""
