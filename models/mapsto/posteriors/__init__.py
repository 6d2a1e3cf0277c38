"""p(w | y) where it is known exactly, and what is read off draws."""
