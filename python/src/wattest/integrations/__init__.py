"""Bridges to other tools; each module needs the package that it is named after, and nothing else imports it."""
