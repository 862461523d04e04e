{{ staged_events('clicks', {'link': 'varchar'}) }}
