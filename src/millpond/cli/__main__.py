"""``python -m millpond.cli``."""

from millpond.cli.main import main

if __name__ == "__main__":
    main()
