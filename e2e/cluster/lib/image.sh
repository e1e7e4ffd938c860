# Writes container images without a container engine: a layer for each COPY of a Containerfile, kept by digest, so that
# an image whose code changed costs as much as its last layer. Understands what this repository's Containerfiles
# say, and refuses the rest.
# shellcheck shell=bash disable=SC2154

blobs=$cache/images/blobs/sha256

# write_image CONTAINERFILE CONTEXT BASE: builds the image and prints the digest of its manifest. BASE is the file of
# a base image (see write_base) that takes the place of a FROM whose name is an argument.
write_image() {
  local containerfile=$1 context=$2 base=$3
  local layers=() env=() user='' workdir='' entrypoint='[]' command='[]' word rest digest
  [ -r "$containerfile" ] || die "image: there is no $containerfile"
  mkdir -p "$blobs"
  while read -r word rest; do
    case $word in
      '' | \#* | ARG) ;;
      FROM) [ "$rest" = scratch ] || from_base ;;
      # An assignment of its own: within an array's, a failure would go unnoticed.
      COPY) digest=$(copy_layer "$context" "$rest") || exit && layers+=("$digest") ;;
      ENV) env+=("$rest") ;;
      USER) user=$rest ;;
      WORKDIR) workdir=$rest ;;
      ENTRYPOINT) entrypoint=$rest ;;
      CMD) command=$rest ;;
      *) die "$containerfile: '$word' is not understood here; it can be: ARG FROM COPY ENV USER WORKDIR ENTRYPOINT CMD" ;;
    esac
  done <"$containerfile"
  local config
  config=$(put_text "$(config_json)")
  put_text "$(manifest_json "$config" "${layers[@]}")"
}

# Takes layers and env over from the base.
from_base() {
  # shellcheck source=/dev/null
  . "$base"
}

# copy_layer CONTEXT 'SOURCE TARGET': prints the digest of the layer. A target with a slash at its end is a folder.
copy_layer() {
  local source target
  read -r source target <<<"$2"
  [ -e "$1/$source" ] || die "image: nothing to copy at $1/$source: build it first"
  if [ -d "$1/$source" ]; then
    layer "$1/$source" . "s,^\.,.${target%/}," "$target"
  else
    layer "$(dirname "$1/$source")" "$(basename "$source")" "s,^.*$,.$target," "$target"
  fi
}

# layer FOLDER MEMBER RENAMING KEY: a layer of these files, owned by root, without times, so that the same files give the
# same digest. What has the names, sizes and times of a known layer is not read again.
layer() {
  local key memo digest part
  key=$({
    echo "$3 $4"
    (cd "$1" && find "$2" -printf '%p %s %T@ %m %l\n' | sort)
  } | sha256sum | cut -c1-32)
  memo=$cache/images/layers/$key
  if [ -s "$memo" ] && digest=$(<"$memo") && [ -e "$blobs/$digest" ]; then
    touch "$memo" "$blobs/$digest"
    echo "$digest"
    return
  fi
  part=$(mktemp "$blobs/.part.XXXXXX")
  digest=$(tar -C "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --transform "$3" -cf - "$2" |
    tee "$part" | sha256sum | cut -d' ' -f1)
  mv "$part" "$blobs/$digest"
  mkdir -p "${memo%/*}"
  echo "$digest" >"$memo"
  echo "$digest"
}

# put_text TEXT: stores a small blob and prints its digest.
put_text() {
  local digest
  digest=$(printf '%s' "$1" | sha256sum | cut -d' ' -f1)
  [ -e "$blobs/$digest" ] || {
    printf '%s' "$1" >"$blobs/.$digest.$BASHPID"
    mv "$blobs/.$digest.$BASHPID" "$blobs/$digest"
  }
  touch "$blobs/$digest"
  echo "$digest"
}

config_json() {
  printf '{"architecture":"%s","os":"linux",' "$(image_architecture)"
  printf '"config":{"User":"%s","WorkingDir":"%s","Env":[%s],"Entrypoint":%s,"Cmd":%s},' \
    "$user" "$workdir" "$(quoted "${env[@]}")" "$entrypoint" "$command"
  printf '"rootfs":{"type":"layers","diff_ids":[%s]}}' "$(quoted "${layers[@]/#/sha256:}")"
}

manifest_json() {
  local config=$1 layer separator=''
  shift
  printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[' \
    "$(descriptor application/vnd.oci.image.config.v1+json "$config")"
  for layer; do
    printf '%s%s' "$separator" "$(descriptor application/vnd.oci.image.layer.v1.tar "$layer")"
    separator=,
  done
  printf ']}'
}

# descriptor TYPE DIGEST [MORE]
descriptor() {
  printf '{"mediaType":"%s","digest":"sha256:%s","size":%s%s}' "$1" "$2" "$(stat -c %s "$blobs/$2")" "${3-}"
}

image_architecture() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
  esac
}

# quoted TEXT…: JSON strings, separated by commas.
quoted() {
  local text separator=''
  for text; do
    text=${text//\\/\\\\}
    printf '%s"%s"' "$separator" "${text//\"/\\\"}"
    separator=,
  done
}

# image_blobs MANIFEST: the digests of everything that the image consists of.
image_blobs() {
  echo "$1"
  grep -o 'sha256:[0-9a-f]\{64\}' "$blobs/$1" | cut -d: -f2
}

# archive TAG MANIFEST [DIGEST…]: an OCI archive on standard output with only these blobs (default: all). A node that has
# the others takes it as a whole image.
archive() {
  local tag=$1 manifest=$2 layout=$cache/images/layout
  shift 2
  rm -rf "$layout"
  mkdir -p "$layout/blobs/sha256"
  if (($# == 0)); then mapfile -t all < <(image_blobs "$manifest") && set -- "${all[@]}"; fi
  local blob
  for blob; do ln -s "$blobs/$blob" "$layout/blobs/sha256/$blob"; done
  echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
  printf '{"schemaVersion":2,"manifests":[%s]}' "$(descriptor application/vnd.oci.image.manifest.v1+json "$manifest" \
    ",\"annotations\":{\"io.containerd.image.name\":\"$tag\",\"org.opencontainers.image.ref.name\":\"${tag##*:}\"}")" \
    >"$layout/index.json"
  tar -C "$layout" --dereference -cf - oci-layout index.json blobs
  rm -rf "$layout"
}
