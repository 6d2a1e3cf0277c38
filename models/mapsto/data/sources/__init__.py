"""Sources of rows, one file each: what a table larger than memory is read from, a piece at a time."""
