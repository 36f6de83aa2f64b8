"""Templates of the report; a package so that they are installed with the code."""
