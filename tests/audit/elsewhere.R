# Makes elsewhere.json: run as  Rscript elsewhere.R wide.csv tall.csv > elsewhere.json
# (the two tables are those of awkward.py). The target is the last column.
library(MASS)
library(glmnet)
args <- commandArgs(trailingOnly = TRUE)
read <- function(path) {
  table <- read.csv(path, check.names = FALSE, fileEncoding = "UTF-8")
  list(X = unname(as.matrix(table[, -ncol(table)])), y = table[, ncol(table)])
}
wide <- read(args[1])
tall <- read(args[2])
numbers <- function(v) paste0("[", paste(trimws(formatC(as.numeric(v), digits = 17, format = "g")), collapse = ", "), "]")
show <- function(name, lambda, v) sprintf('  "%s": {"lambda": %s, "coef": %s}', name, lambda, numbers(v))
fit <- function(t, alpha, lambda, standardize, weights = rep(1, length(t$y))) {
  f <- glmnet(t$X, t$y, weights = weights, alpha = alpha, lambda = lambda, standardize = standardize,
    thresh = 1e-28, maxit = 1e8)
  as.numeric(coef(f, exact = FALSE))
}
heavy <- function(t) 1 + (seq_along(t$y) - 1) %% 4
frame <- data.frame(y = wide$y, X = I(wide$X))
cat("{\n")
cat(paste(c(
  sprintf('  "versions": "R %s, MASS %s, glmnet %s"', getRversion(), packageVersion("MASS"), packageVersion("glmnet")),
  show("lm.ridge", 3.5, coef(lm.ridge(y ~ X, data = frame, lambda = 3.5))),
  show("glmnet ridge", 20, fit(wide, 0, 20, FALSE)),
  show("glmnet ridge standardized", 20, fit(wide, 0, 20, TRUE)),
  show("glmnet lasso", 2, fit(tall, 1, 2, FALSE)),
  show("glmnet lasso standardized", 2, fit(tall, 1, 2, TRUE)),
  show("glmnet ridge weighted", 20, fit(wide, 0, 20, FALSE, heavy(wide))),
  show("glmnet lasso weighted", 2, fit(tall, 1, 2, FALSE, heavy(tall))),
  show("lm weighted", 0, coef(lm(tall$y ~ tall$X, weights = heavy(tall))))
), collapse = ",\n"))
cat("\n}\n")
