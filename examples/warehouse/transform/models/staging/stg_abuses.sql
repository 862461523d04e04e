{{ staged_events('abuses') }}
