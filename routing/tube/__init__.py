"""The pneumatic tube: its ways, and who may be where in it when."""
