"""Simulated carriers: pure cores, and a process that puts them on the bus as a real gateway would."""
