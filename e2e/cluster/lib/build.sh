# Building evomerge and saying so; sourced by quickstart and verify, after common.sh.
# shellcheck shell=bash

needs_java=25

step() { printf '\n\033[1m==> %s\033[0m (%d:%02d)\n' "$*" $((SECONDS / 60)) $((SECONDS % 60)) >&2; }

# The comment at the head of the script that runs.
usage() { sed -n '2,/^set /{s/^# \{0,1\}//;/^set /d;p}' "$0"; }

# await SECONDS WHAT COMMAND…: until the command succeeds.
await() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS < limit)) || die "waited in vain for $what"
    sleep 0.1
  done
}

# Sets JAVA_HOME to a JDK that is new enough: the one it names, the one on PATH, or one below /usr/lib/jvm.
require_jdk() {
  local home
  for home in "${JAVA_HOME:-}" "$(java_on_path)" /usr/lib/jvm/*; do
    if [ -x "$home/bin/javac" ] && (($(java_major "$home") >= needs_java)); then
      export JAVA_HOME=$home
      return
    fi
  done
  die "JDK $needs_java or later is missing: install one (https://adoptium.net, or your distribution's package) and set JAVA_HOME to it"
}

java_on_path() {
  local javac
  javac=$(type -P javac) && dirname "$(dirname "$(readlink -f "$javac")")"
}

java_major() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null || echo 0; }

maven() {
  type -P mvn >/dev/null || die "Maven is missing: install it (Debian: apt-get install maven) and put mvn on PATH"
  # The options silence warnings about Maven's own libraries on a new JDK.
  MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED ${MAVEN_OPTS:-}" \
    mvn -B --no-transfer-progress -f "$root/pom.xml" "$@"
}

# Builds the jars unless nothing has changed since the last time.
build_jars() {
  local stamp=$root/target/built digest
  require_jdk
  digest=$(sources_digest)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$digest" ]; then
    say "nothing has changed since the last build"
    return
  fi
  maven -q package -DskipTests -Dspotless.check.skip
  mkdir -p "$root/target"
  echo "$digest" >"$stamp"
}

# Of every file that git would track below a pom or a src folder.
sources_digest() {
  (cd "$root" && git ls-files -co --exclude-standard -- 'pom.xml' '*/pom.xml' '*/src/main/*' | sort |
    while read -r file; do [ -f "$file" ] && sha256sum "$file"; done | sha256sum | cut -c1-16)
}
