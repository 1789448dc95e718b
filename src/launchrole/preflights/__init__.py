"""Preflight: what a launch of a template under a role comes to, before AWS is touched."""
