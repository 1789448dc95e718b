"""`python -m launchrole`."""

from launchrole.cli import main

main(prog_name="launchrole")
