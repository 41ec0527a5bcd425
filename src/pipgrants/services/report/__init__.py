"""Reports that people look at: what the analyses found, in figures. They read, and decide nothing."""
