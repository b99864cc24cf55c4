#!/bin/sh
# Fetches again what is vendored here, at the versions named below, from the npm registry.
# Needs npm. After changing a version: run it, look at the pages, commit the result.
set -eu

TABLER=1.6.1
ICONS=3.51.0
INTER=5.3.0
MONO=5.3.0
UPLOT=1.6.32
IDIOMORPH=0.8.0

NAMES="alert-triangle arrow-back-up arrow-right bell brand-git calendar check \
chevron-right clock copy database device-floppy dots download external-link feather git-branch \
hammer help history home hourglass info-circle key link list-check list-details loader-2 login \
logout menu-2 moon package packages player-play player-stop plug plus refresh rocket rss search \
server server-2 settings shield-check shield-lock stack-2 sun sun-moon tag terminal-2 trash \
user versions x"

here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fetch() { # PACKAGE VERSION: unpacks it into $scratch/package
    rm -rf "$scratch/package"
    (cd "$scratch" && tar xzf "$(npm pack --silent "$1@$2")")
}

fetch @tabler/core "$TABLER"
# The source map is left behind, so its name must not be asked for.
sed '/^\/\*# sourceMappingURL=/d' "$scratch/package/dist/css/tabler.min.css" >"$here/tabler.min.css"

fetch @tabler/icons "$ICONS"
cp "$scratch/package/LICENSE" "$here/LICENSE.tabler"
{
    printf '<svg xmlns="http://www.w3.org/2000/svg">\n'
    for name in $NAMES; do
        lines=$(cat "$scratch/package/icons/outline/$name.svg")
        shapes=$(printf '%s' "$lines" | tr '\n' ' ' |
            sed -e 's/.*<svg[^>]*>//' -e 's/<\/svg>.*//' -e 's/> *</></g' -e 's/^ *//' -e 's/ *$//')
        printf '<symbol id="%s" viewBox="0 0 24 24">%s</symbol>\n' "$name" "$shapes"
    done
    printf '</svg>\n'
} >"$here/icons.svg"

fetch @fontsource-variable/inter "$INTER"
cp "$scratch/package/files/inter-latin-wght-normal.woff2" "$here/inter.woff2"
cp "$scratch/package/LICENSE" "$here/LICENSE.inter"

fetch @fontsource-variable/jetbrains-mono "$MONO"
cp "$scratch/package/files/jetbrains-mono-latin-wght-normal.woff2" "$here/jetbrains-mono.woff2"
cp "$scratch/package/LICENSE" "$here/LICENSE.jetbrains-mono"

fetch uplot "$UPLOT"
cp "$scratch/package/dist/uPlot.iife.min.js" "$here/uplot.min.js"
cp "$scratch/package/dist/uPlot.min.css" "$here/uplot.min.css"
cp "$scratch/package/LICENSE" "$here/LICENSE.uplot"

fetch idiomorph "$IDIOMORPH"
cp "$scratch/package/dist/idiomorph-ext.min.js" "$here/idiomorph-ext.min.js"
cp "$scratch/package/LICENSE" "$here/LICENSE.idiomorph"

{
    printf '%-21s %-37s %-8s %s\n' \
        tabler.min.css "@tabler/core $TABLER" MIT LICENSE.tabler \
        icons.svg "@tabler/icons $ICONS" MIT LICENSE.tabler \
        inter.woff2 "@fontsource-variable/inter $INTER" OFL-1.1 LICENSE.inter \
        jetbrains-mono.woff2 "@fontsource-variable/jetbrains-mono $MONO" OFL-1.1 \
        LICENSE.jetbrains-mono \
        uplot.min.js "uplot $UPLOT" MIT LICENSE.uplot \
        uplot.min.css "uplot $UPLOT" MIT LICENSE.uplot \
        idiomorph-ext.min.js "idiomorph $IDIOMORPH" 0BSD LICENSE.idiomorph
    echo "htmx comes from the django-htmx package, which carries it (requirements.txt)."
} >"$here/VERSIONS"
