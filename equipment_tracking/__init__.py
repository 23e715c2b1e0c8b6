"""Where shared equipment is and whether it may be taken: tags and readings, the register, pools and search."""
