#!/bin/sh
# Makes sure that the browser tests find a Chromium: one on the path, Playwright's own, or the distribution's.
# Usage: browser.sh BIN, where BIN is the bin folder of the environment.
set -u
bin=$1

found() {
    command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
        command -v google-chrome >/dev/null 2>&1 ||
        "$bin/python" -c '
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as p:
    sys.exit(not pathlib.Path(p.chromium.executable_path).exists())' 2>/dev/null
}

found && exit 0
echo "No Chromium here yet: trying Playwright's own …"
timeout 300 "$bin/playwright" install chromium && found && exit 0
if command -v apt-get >/dev/null 2>&1; then
    echo "Trying the distribution's …"
    as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
    found && exit 0
fi
echo "The browser tests need Chromium, and none could be installed: install it and run make test again." >&2
exit 1
