"""The facts of the fleet: each says how it changes state; the logged ones are rows of the ledger."""
