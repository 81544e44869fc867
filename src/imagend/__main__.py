"""`python -m imagend` is the `imagend` command."""

from imagend.cli.main import main

if __name__ == "__main__":
    main()
