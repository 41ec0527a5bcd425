"""One module for each officer's act; each act is one transaction."""
