"""``python -m mapsto`` is the command ``mapsto``."""

from mapsto.cli import main

if __name__ == "__main__":
    main()
