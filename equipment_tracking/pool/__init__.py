"""The shared pool: what state each asset is in, who has it, who may have it next, and what must be told to whom."""
