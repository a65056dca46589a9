"""The end of a command that Ctrl-C, or SIGTERM, cut off."""

INTERRUPTED = 130  # the status that shells report for a process that Ctrl-C ended
