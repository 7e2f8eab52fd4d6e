"""What `perezvon doctor` looks at: a module for this machine, and one for each vendor. Only GET calls."""
