{{ staged_events('errors', {'errorcode': 'varchar', 'errortype': 'varchar'}) }}
