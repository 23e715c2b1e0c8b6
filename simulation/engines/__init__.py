"""Two engines that run the same plan on the same sample: the reference in SimPy and its compiled twin."""
