"""Certificates: made by the command, judged by it or by the second verifier."""
