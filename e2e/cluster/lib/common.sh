# Shared by the scripts of this folder, which source it.
# shellcheck shell=bash disable=SC2034

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${EVOMERGE_CACHE:-$HOME/.cache/evomerge}
state=${EVOMERGE_STATE:-$HOME/.cache/evomerge}
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { echo "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# wait_until SECONDS COMMAND…: polls until the command succeeds; fails when the time is up.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

# A name becomes part of paths, of the node's host name and of process arguments.
check_name() {
  [[ $1 =~ ^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$ ]] ||
    die "'$1' is no usable name: lower-case letters, digits and dashes, 40 at most"
}

# start_time PID: when the process started, in clock ticks since boot; tells a process from a later one with its number.
# Fails if there is none, or only one that nobody has reaped yet.
start_time() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] && echo "${fields[19]}"
}

# fill FILE KEY=VALUE…: prints a template of config/ with its @KEY@ replaced.
fill() {
  local text key
  text=$(<"$scripts/config/$1")
  shift
  for key; do text=${text//@${key%%=*}@/${key#*=}}; done
  printf '%s\n' "$text"
}
