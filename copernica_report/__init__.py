"""A report about mailings: one HTML file, made from what the tap has loaded into DuckDB.

`tables` says where the rows are, `figures` counts, `findings` says which mailings stand out and why,
`charts` draws, `page` writes the file. Nothing here knows the tap or the simulated API. The extra
`report` installs what it needs.
"""
