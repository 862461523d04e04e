{{ staged_events('unsubscribes') }}
