"""Pure rules of grant-making: values in, values out. No SQL, files, YAML, clock or randomness."""
