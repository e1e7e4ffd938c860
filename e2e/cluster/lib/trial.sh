# Installing evomerge and what its trial needs into a cluster; sourced by quickstart and verify, after common.sh and build.sh.
# The caller sets $root, calls find_clients, and may set $context to the kubectl context to use.
# shellcheck shell=bash

system=evomerge-system
trial=evomerge-trial
example=$root/examples/maths-ja
# What e2e/cluster/images builds.
operator_built=localhost/evomerge-operator:dev evaluator_built=localhost/evomerge-evaluator:dev s3_built=localhost/versitygw:1.8.0
operator_image=$operator_built evaluator_image=$evaluator_built s3_image=$s3_built

# find_clients [node]: kubectl and helm for the node come from its toolchain; other clusters get what is installed.
find_clients() {
  local folder
  if [ "${1-}" = node ]; then
    folder=$("$root/e2e/cluster/toolchain" kubectl helm)
    kubectl=$folder/kubectl helm=$folder/helm
  else
    kubectl=$(type -P kubectl) || die "kubectl is missing: install it (https://kubernetes.io/docs/tasks/tools)"
    helm=$(type -P helm) || die "Helm is missing: install it (https://helm.sh/docs/intro/install)"
  fi
}

k() { "$kubectl" ${context:+--context "$context"} "$@"; }

h() { "$helm" ${context:+--kube-context "$context"} "$@"; }

evomerge() { "$root/cli/target/evomerge/bin/evomerge" "$@"; }

# The chart that $chart names, or else this checkout's.
install_operator() {
  k apply --server-side --force-conflicts -f "$root/charts/evomerge/crds" >/dev/null
  h upgrade --install evomerge "${chart:-$root/charts/evomerge}" --skip-crds \
    --namespace "$system" --create-namespace --wait --timeout 3m \
    --set-string image.reference="$operator_image" --set-string evaluator.image.reference="$evaluator_image" >/dev/null
}

install_trial() {
  sed "s|image: $s3_built|image: $s3_image|" "$root/examples/quickstart/trial.yaml" | k apply -f - >/dev/null
  if ! k -n "$trial" get secret s3 >/dev/null 2>&1; then
    k -n "$trial" create secret generic s3 \
      --from-literal=AWS_ENDPOINT_URL="http://s3.$trial.svc:7070" --from-literal=AWS_REGION=us-east-1 \
      --from-literal=AWS_ACCESS_KEY_ID=trial --from-literal=AWS_SECRET_ACCESS_KEY="$(random_hex 20)" >/dev/null
  fi
  k -n "$trial" rollout status deployment/s3 --timeout 2m >/dev/null
}

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# In a subshell, for its trap.
upload_example() (
  log=$(mktemp)
  # Not by k: the number of a function's process is not that of the program, which would go on.
  "$kubectl" ${context:+--context "$context"} -n "$trial" port-forward service/s3 :7070 >"$log" 2>&1 &
  forward=$!
  # shellcheck disable=SC2064
  trap "kill $forward 2>/dev/null || true; rm -f '$log'" EXIT
  await 30 "port-forward to the S3 server" grep -q '^Forwarding from 127' "$log"
  AWS_ENDPOINT_URL=http://127.0.0.1:$(sed -n 's/^Forwarding from 127.0.0.1:\([0-9]*\).*/\1/p' "$log") AWS_REGION=us-east-1 \
    AWS_ACCESS_KEY_ID=$(secret AWS_ACCESS_KEY_ID) AWS_SECRET_ACCESS_KEY=$(secret AWS_SECRET_ACCESS_KEY) \
    upload models data
)

secret() { k -n "$trial" get secret s3 -o "go-template={{index .data \"$1\" | base64decode}}"; }

upload() {
  local folder
  for folder in "$@"; do evomerge cp "$example/$folder" "s3://evomerge/maths-ja/$folder" >/dev/null; done
}
