"""Numbers into memory: random streams, kernels, threads. NumPy and Numba, no torch."""
