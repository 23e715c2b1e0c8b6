"""What people ask for becomes facts, or a refusal that changes nothing: a module a kind of request."""
