# How etcd and the API server are started, alike in the node and alone. The functions fill the array `command`.
# shellcheck shell=bash disable=SC2034,SC2054

# etcd_command FOLDER: it listens on a socket file of the folder, so no port can be taken, and no other user gets in.
# Nothing here must outlive a power cut: no fsync.
etcd_command() {
  command=(etcd --name trial --data-dir "$1/etcd" --unsafe-no-fsync --log-level warn
    --listen-client-urls "unix://$1/etcd.sock" --advertise-client-urls http://localhost:1
    --listen-peer-urls "unix://$1/peer.sock" --initial-advertise-peer-urls http://localhost:1
    --initial-cluster trial=http://localhost:1)
}

# apiserver_command FOLDER ADDRESS PORT SERVICES: the folder has etcd's socket, and the keys in pki/.
apiserver_command() {
  local pki=$1/pki
  command=(kube-apiserver --etcd-servers "unix://$1/etcd.sock"
    --bind-address "$2" --advertise-address "$2" --secure-port "$3" --service-cluster-ip-range "$4"
    --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key" --client-ca-file "$pki/ca.crt"
    --service-account-issuer https://kubernetes.default.svc.cluster.local
    --service-account-key-file "$pki/service-account.pub"
    --service-account-signing-key-file "$pki/service-account.key"
    --authorization-mode Node,RBAC --allow-privileged
    --audit-policy-file "$scripts/config/audit.yaml" --audit-log-path "$1/audit.log"
    --audit-log-maxsize 100 --audit-log-maxbackup 1)
}

# apiserver_ready PKI ADDRESS:PORT: asked by openssl, which starts in a tenth of kubectl's time.
apiserver_ready() {
  printf 'GET /readyz HTTP/1.0\r\n\r\n' |
    timeout 5 openssl s_client -quiet -connect "$2" -CAfile "$1/ca.crt" -cert "$1/admin.crt" -key "$1/admin.key" |
    grep -q '^HTTP/1.. 200'
} 2>/dev/null
