"""Reports that people look at: charts as SVG, and pages that need nothing besides themselves."""
