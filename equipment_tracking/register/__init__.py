"""The register of shared equipment: what there is, what sort it is, whose it is, and how lists of it come and go."""
