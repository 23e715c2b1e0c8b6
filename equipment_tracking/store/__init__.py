"""What equipment tracking keeps: the pool's state, written in one transaction with the ledger."""
