#!/usr/bin/env bash
# Checks .github and every shell script of the repository: the forms of GitHub's files, actionlint, zizmor, shellcheck.
# Installs them into target/venv-workflows; PYTHON says with which Python, python3 by default.
#
# actionlint is a program of GitHub's releases; PyPI has it only as a package that runs code to download it. It is
# downloaded here and compared with actionlint.sha256, whose sums are those of its release. Where GitHub is out of reach
# it is left out, with a line that says so; where GitHub runs this, that fails. With GH_TOKEN, zizmor also asks GitHub
# whether each pinned commit is the version beside it.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=tests/workflows
venv=target/venv-workflows
failed=()

main() {
  install
  bin=$PWD/$venv/bin
  PATH=$bin:$PATH # actionlint hands what workflows run to shellcheck

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
  check shellcheck shellcheck "${scripts[@]}"

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
    cp $here/requirements.txt $venv/requirements.txt # last, so that an installation that was interrupted starts again
  fi
  # What git knows or would take, so that a new script is checked before it is committed.
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
    echo "== actionlint: left out, because it can't be downloaded here"
    return 1
  fi
  unpack_actionlint "$archive"
}

unpack_actionlint() {
  local archive=$1
  mv "$venv/$archive.part" "$venv/$archive"
  if ! (cd $venv && grep -F "$archive" "$OLDPWD/$here/actionlint.sha256" | sha256sum --check --quiet); then
    rm "$venv/$archive"
    echo "actionlint is not the one of $here/actionlint.sha256" >&2
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
