"""The account's databases: profiles and subprofiles computed by index, filters, changes, bulk host.

`shape` and `layout` say what databases there are, `values` and `table` what a row holds,
`conditions` and `selecting` what a call asks for, `handlers` how it is answered, `store` what is
done to it.
"""
