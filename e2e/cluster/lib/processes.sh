# Background processes of a folder: NAME.pid holds the process id and its start time, logs/NAME.log what it printed.
# shellcheck shell=bash

# start FOLDER NAME COMMAND…
start() {
  local folder=$1 name=$2
  shift 2
  mkdir -p "$folder/logs"
  # The locks of the scripts (file descriptors 8 and 9) must not live on in it.
  setsid "$@" >"$folder/logs/$name.log" 2>&1 </dev/null 8>&- 9>&- &
  echo "$! $(start_time $! || echo gone)" >"$folder/$name.pid"
  disown
}

# running FOLDER NAME
running() {
  local pid started
  read -r pid started 2>/dev/null <"$1/$2.pid" && [ "$(start_time "$pid")" = "$started" ]
}

# stop FOLDER NAME: by force, since what it keeps is thrown away, and waits until it is gone.
stop() {
  local pid
  if running "$1" "$2"; then
    read -r pid _ <"$1/$2.pid"
    kill -9 "$pid" 2>/dev/null || true
    wait_until 10 stopped "$1" "$2" || say "process $pid ($2) does not end"
  fi
  rm -f "$1/$2.pid"
}

stopped() { ! running "$1" "$2"; }

# show_log FOLDER NAME: the end of a log, for a failure's message.
show_log() {
  say "--- the end of $1/logs/$2.log"
  tail -n 20 "$1/logs/$2.log" | cut -c1-400 >&2
}
