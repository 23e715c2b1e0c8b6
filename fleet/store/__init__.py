"""What the fleet keeps: state and jobs, written in one transaction with the ledger and read by the pages."""
