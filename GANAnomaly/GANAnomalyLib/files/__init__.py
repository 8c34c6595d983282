"""Files as the rest of the engine reads and writes them."""
