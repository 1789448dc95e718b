"""The IAM policy language: parse, evaluate, explain, repair. Standard library only, no I/O."""
