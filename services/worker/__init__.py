"""Work beside the server: a process that gets orders, and the jobs that wait for it."""
