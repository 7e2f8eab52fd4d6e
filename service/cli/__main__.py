"""`python -m service.cli` is the command where its script cannot start: in a folder with an odd name."""

from service.cli import main

main(prog_name="perezvon")
