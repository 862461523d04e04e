{{ staged_events('impressions', {'device': 'varchar'}) }}
