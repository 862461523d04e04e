"""A Dagster code location that reads a Copernica account into Parquet files, month by month."""
