"""`python -m reconciler.cli` is `magi`."""

from reconciler.cli.main import main

if __name__ == "__main__":
    main()
