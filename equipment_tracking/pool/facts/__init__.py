"""The facts of the pool: each says how it changes state; the logged ones are rows of the ledger."""
