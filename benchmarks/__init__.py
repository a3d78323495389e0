"""Slow checks at real size: ``python -m benchmarks`` runs all, ``python -m benchmarks NAME ...`` some.

Each module in this folder with a ``main()`` is one of them; it prints what it measured.
"""
