"""`python -m monitor` is `wirewatch`."""

from monitor.cli.main import main

if __name__ == "__main__":
    main()
