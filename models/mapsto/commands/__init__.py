"""Commands of ``mapsto``, one file each."""
