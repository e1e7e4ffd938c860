# The keys of a cluster, made by openssl in one folder: an authority, certificates signed by it, and kubeconfigs.
# shellcheck shell=bash

# pki_authority FOLDER: the authority, and the key that signs service account tokens.
pki_authority() {
  mkdir -p "$1"
  chmod 700 "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=evomerge-trial \
    -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1/service-account.key" 2>/dev/null
  openssl pkey -in "$1/service-account.key" -pubout -out "$1/service-account.pub"
}

# pki_certificate FOLDER NAME SUBJECT [SUBJECT-ALTERNATIVE-NAMES]: with names it serves, without it is a client's.
pki_certificate() {
  local folder=$1 name=$2 subject=$3 names=${4-} extensions key=(ec -pkeyopt ec_paramgen_curve:prime256v1)
  if [ -n "$names" ]; then
    extensions="extendedKeyUsage=serverAuth"$'\n'"subjectAltName=$names"
  else
    # Fabric8's client takes any client key for an RSA one unless told otherwise.
    extensions="extendedKeyUsage=clientAuth" key=(rsa:2048)
  fi
  openssl req -new -newkey "${key[@]}" -nodes -subj "$subject" \
    -keyout "$folder/$name.key" 2>/dev/null |
    openssl x509 -req -days 3650 -CA "$folder/ca.crt" -CAkey "$folder/ca.key" -set_serial "0x$(openssl rand -hex 8)" \
      -extfile <(echo "$extensions") -out "$folder/$name.crt" 2>/dev/null
}

# pki_kubeconfig FOLDER NAME SERVER: a client certificate's kubeconfig, whole in itself, on standard output.
pki_kubeconfig() {
  cat <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: evomerge
    cluster:
      server: $3
      certificate-authority-data: $(base64 -w0 "$1/ca.crt")
users:
  - name: $2
    user:
      client-certificate-data: $(base64 -w0 "$1/$2.crt")
      client-key-data: $(base64 -w0 "$1/$2.key")
contexts:
  - name: evomerge
    context: {cluster: evomerge, user: $2}
current-context: evomerge
YAML
}
