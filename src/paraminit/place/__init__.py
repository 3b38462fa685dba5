"""Which part of a parameter, and where: slices."""
