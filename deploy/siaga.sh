#!/bin/sh
# Commands of the product in the name of its service, with its settings: siaga check
# For root; install as /usr/local/sbin/siaga.
exec runuser -u siaga -- sh -c '
    set -a
    if [ -r /etc/siaga/siaga.env ]; then . /etc/siaga/siaga.env; fi
    SIAGA_VAR=${SIAGA_VAR:-/var/lib/siaga} HOME=/var/lib/siaga
    STREAMLIT_SECRETS_FILES=/etc/siaga/secrets.toml
    exec /opt/siaga/.venv/bin/python /opt/siaga/cli.py "$@"' siaga "$@"
