"""What replications tell: intervals, how many are needed, comparisons, warm-up, bands, sensitivity, selection.

Pure functions of arrays. A value that could not be measured in a replication is NaN and is left out.
"""
