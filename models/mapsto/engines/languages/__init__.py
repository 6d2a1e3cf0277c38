"""What the engines of several probabilistic languages share: the table a program reads, coordinates, budgets."""
