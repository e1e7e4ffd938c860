# A Prometheus on a free port of this machine, for dashboards and alerts; sourced after common.sh.
# shellcheck shell=bash disable=SC2034

# start_prometheus CONFIG DATA: sets prometheus to its URL. stop_prometheus ends it.
start_prometheus() {
  local config=$1 data=$2
  mkdir -p "$data"
  prometheus --config.file="$config" --storage.tsdb.path="$data" --web.listen-address=127.0.0.1:0 >"$data.log" 2>&1 &
  prometheus_pids+=("$!")
  wait_until 30 grep -q 'Server is ready' "$data.log" || die "Prometheus did not start: $(tail -n 5 "$data.log")"
  prometheus=http://$(sed -n 's/.*msg="Listening on" address=//p' "$data.log")
}

prometheus_pids=()

stop_prometheus() {
  ((${#prometheus_pids[@]} == 0)) || kill "${prometheus_pids[@]}" || true
  wait "${prometheus_pids[@]}" || true
  prometheus_pids=()
} 2>/dev/null

# scrape_operator NAMESPACE FOLDER: a Prometheus that scrapes the operator's pods of the cluster that k reaches, with the labels that the
# chart's ServiceMonitor gives. Debian's Prometheus cannot ask Kubernetes for its pods, so a file tells it.
scrape_operator() {
  local namespace=$1 folder=$2
  mkdir -p "$folder"
  operator_targets "$namespace" "$folder"
  while sleep 5; do operator_targets "$namespace" "$folder" || true; done 2>/dev/null &
  prometheus_pids+=("$!")
  cat >"$folder/prometheus.yaml" <<YAML
global: {scrape_interval: 5s}
scrape_configs:
  - job_name: evomerge-metrics
    honor_labels: true
    metrics_path: /q/metrics
    file_sd_configs: [{files: ["$folder/targets.json"], refresh_interval: 5s}]
YAML
  start_prometheus "$folder/prometheus.yaml" "$folder/data"
}

operator_targets() {
  k -n "$1" get pods -l app.kubernetes.io/component=operator -o json |
    jq '[.items[] | select(.status.podIP) | {targets: ["\(.status.podIP):8080"],
      labels: {namespace: .metadata.namespace, pod: .metadata.name, container: "operator"}}]' >"$2/targets.part"
  mv "$2/targets.part" "$2/targets.json"
}
