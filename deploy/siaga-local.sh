#!/bin/sh
# A second server for who sits at this machine, without sign-in, on the same store: for the night on
# which the identity provider is down. For root; install as /usr/local/sbin/siaga-local.
exec runuser -u siaga -- sh -c '
    set -a
    if [ -r /etc/siaga/siaga.env ]; then . /etc/siaga/siaga.env; fi
    unset SIAGA_TRUSTED_PROXY
    SIAGA_VAR=/var/lib/siaga HOME=/var/lib/siaga STREAMLIT_SECRETS_FILES=/opt/siaga/deploy/no-sign-in.toml
    cd /opt/siaga
    exec .venv/bin/streamlit run serve.py --server.address 127.0.0.1 --server.port 8502'
