#!/bin/sh
# Stands in for workerd (MINIFLARE_WORKERD_PATH): runs it so that it dies with the wrangler that started it.
# PALIMPSEST_LEASH is `setpriv --pdeathsig KILL`, or empty where that is unknown: hence no quotes.
exec $PALIMPSEST_LEASH "$PALIMPSEST_WORKERD" "$@"
