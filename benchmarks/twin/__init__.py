"""How much faster than real time the twin runs a hospital's day on one core, and what comes of it."""
