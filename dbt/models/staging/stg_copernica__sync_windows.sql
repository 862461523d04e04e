{{ copernica.stage(
    'sync_windows',
    {
        'stream': 'text', 'from': 'time', 'to': 'time', 'announced': 'number', 'distinct': 'number', 'written': 'number',
        'verdict': 'text', 'calls': 'number', 'started': 'time', 'finished': 'time',
    },
    key=['stream', 'from', 'to'],
) }}
