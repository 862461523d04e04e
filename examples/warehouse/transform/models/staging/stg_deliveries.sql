{{ staged_events('deliveries') }}
