"""The orchestrator core, a module a phase: settle, guard, choose modes, assign, reserve, command."""
