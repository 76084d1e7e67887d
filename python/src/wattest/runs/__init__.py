"""Runs as a script states them."""
