"""``python -m paraminit`` is the command ``paraminit``."""

from paraminit.cli import main

if __name__ == "__main__":
    main()
