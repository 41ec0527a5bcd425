"""Letters and notices rendered from frozen plain data."""
