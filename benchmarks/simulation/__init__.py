"""How fast patient flows run, beside a model written by hand and another simulator; and that their numbers agree."""
