"""Where everything stands in the arrays of a compiled plan, one module for the columns of each; and their types."""
