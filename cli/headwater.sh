#!/bin/sh
# `headwater …` in the image, where npm and the checkout's own Node are missing.
exec node --disable-warning=ExperimentalWarning /app/cli/main.ts "$@"
