"""A stand-in for Paludis' `cave`, for demonstration and tests. It is not Paludis.

It prints, exits and writes like the recorded transcripts of cave 3.0.1, but resolves and builds
toy packages. Standard library only, and quick to start: it runs under `python -S -E`.
"""
