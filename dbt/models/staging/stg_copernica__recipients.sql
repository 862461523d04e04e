{{ copernica.staged_recipients() }}
