"""What happened: one append-only table with a hash chain a stream, its verification, and the vocabulary of events."""
