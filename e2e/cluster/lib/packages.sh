# Debian packages, installed when their commands are missing.
# shellcheck shell=bash

# ensure_commands COMMAND:PACKAGE…: a command with a slash is a file that must exist.
ensure_commands() {
  local pair command commands=() packages=()
  for pair; do
    command=${pair%%:*}
    [ -e "$command" ] || type -P "$command" >/dev/null || {
      commands+=("${command##*/}")
      packages+=("${pair#*:}")
    }
  done
  ((${#commands[@]} == 0)) || install_packages "${commands[*]}" "${packages[@]}"
}

install_packages() {
  local missing=$1
  shift
  type -P apt-get >/dev/null || die "missing: $missing; install them (on Debian or Ubuntu: apt-get install $*)"
  ((EUID == 0)) || die "missing: $missing; install them with: sudo apt-get install $*"
  say "installing Debian packages: $*"
  local log
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  # A third-party source that cannot be reached fails the update, and need not fail the install.
  apt-get -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 || say "apt-get update failed in part; going on"
  apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >>"$log" 2>&1 || {
    tail -n 15 "$log" >&2
    die "apt-get could not install: $*"
  }
  rm -f "$log"
}
