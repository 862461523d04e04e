"""What a user hands in, as it comes: texts from the environment, URLs, files of state and catalog."""
