"""Commands for whoever runs the server: its log of acts, backups, accounts."""
