"""``python -m pipgrants`` is the program."""

from pipgrants.cli.app import main

if __name__ == "__main__":
    main()
