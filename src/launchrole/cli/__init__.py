"""The command line: one file per verb; argument parsing and rendering only."""
