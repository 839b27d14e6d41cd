"""Names and numbers of the service. Imports nothing of ours."""

VERSION = "0.1.0"
