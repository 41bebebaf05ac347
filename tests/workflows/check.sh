#!/usr/bin/env bash
# Checks .github and every shell script of the repository: GitHub's schemas, actionlint, zizmor, shellcheck. Installs them
# into target/venv-workflows, with the Python that PYTHON names or else python3.
#
# PyPI's package of actionlint runs code that downloads the program, so this script downloads it from its release and
# compares it with actionlint.sha256. Without access to GitHub, the script skips it with a message; in GitHub Actions it
# fails. With GH_TOKEN, zizmor also asks GitHub whether each pinned commit is the version in its comment.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=tests/workflows
venv=target/venv-workflows
failed=()

main() {
  install
  bin=$PWD/$venv/bin
  PATH=$bin:$PATH # actionlint passes scripts in workflows to shellcheck

  check form-of-workflows check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
  check form-of-actions check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
  check form-of-dependabot check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
  if has_actionlint; then
    check actionlint actionlint -color
  fi
  if [[ -n ${GH_TOKEN:-} ]]; then
    check zizmor zizmor --quiet --strict-collection .github
  else
    check zizmor zizmor --quiet --strict-collection --offline .github
  fi
  check shellcheck shellcheck --external-sources "${scripts[@]}"

  if ((${#failed[@]})); then
    echo "FAILED: ${failed[*]}" >&2
    exit 1
  fi
}

install() {
  if ! cmp -s $here/requirements.txt $venv/requirements.txt; then
    rm -rf $venv
    "${PYTHON:-python3}" -m venv $venv
    $venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
      --no-deps --requirement $here/requirements.txt
    $venv/bin/python -m pip check
    cp $here/requirements.txt $venv/requirements.txt # last, so that an interrupted installation starts again
  fi
  # Files that git tracks or would add, so that a new script is checked before it is committed.
  scripts=()
  while IFS= read -r file; do
    if [[ -f $file ]] && head -n 1 "$file" | grep -qE '^#!.*[ /](ba|da)?sh$'; then scripts+=("$file"); fi
  done < <(git ls-files --cached --others --exclude-standard)
}

has_actionlint() {
  local archive version
  archive=$(grep -o "actionlint_.*_$(platform).tar.gz" $here/actionlint.sha256)
  version=$(cut -d _ -f 2 <<<"$archive")
  if [[ -x $venv/bin/actionlint && -e $venv/$archive ]]; then return; fi
  if ! curl --silent --show-error --fail --location --max-time 60 --output "$venv/$archive.part" \
    "https://github.com/rhysd/actionlint/releases/download/v$version/$archive"; then
    if [[ -n ${GITHUB_ACTIONS:-} ]]; then exit 1; fi
    echo "== actionlint: skipped, because GitHub is out of reach"
    return 1
  fi
  unpack_actionlint "$archive"
}

unpack_actionlint() {
  local archive=$1
  mv "$venv/$archive.part" "$venv/$archive"
  if ! (cd $venv && grep -F "$archive" "$OLDPWD/$here/actionlint.sha256" | sha256sum --check --quiet); then
    rm "$venv/$archive"
    echo "the downloaded actionlint doesn't match $here/actionlint.sha256" >&2
    exit 1
  fi
  tar --extract --gzip --file "$venv/$archive" --directory $venv/bin actionlint
}

platform() {
  local system machine
  system=$(uname -s) machine=$(uname -m)
  case $machine in
    x86_64) machine=amd64 ;;
    aarch64) machine=arm64 ;;
  esac
  echo "$(tr '[:upper:]' '[:lower:]' <<<"$system")_$machine"
}

check() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

main
