"""How fast is it? Each figure is measured beside a named baseline, in the same run."""
