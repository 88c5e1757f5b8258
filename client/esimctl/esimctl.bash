# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion for esimctl in bash.

# The words that can name a profile: nothing but digits is offered, since a name may hold anything.
_esimctl_profiles ()
{
  esimctl list --all --json 2>/dev/null </dev/null | grep -oE '"iccid" *: *"[0-9]{18,20}"' | grep -oE '[0-9]{18,20}'
}

_esimctl_ids ()
{
  esimctl deregistrations --json 2>/dev/null </dev/null | grep -oE '"id" *: *"[A-Za-z0-9-]+"' |
    sed -E 's/.*"([A-Za-z0-9-]+)"$/\1/'
}

_esimctl_carriers ()
{
  esimctl carriers --json 2>/dev/null </dev/null | grep -oE '"id" *: *"[a-z0-9-]+"' | sed -E 's/.*"([a-z0-9-]+)"$/\1/'
}

# Stable names of modems; none has a blank in it that could be completed.
_esimctl_modems ()
{
  esimctl status --json 2>/dev/null </dev/null | grep -oE '"modem" *: *"[A-Za-z0-9/:._@-]+"' | sed -E 's/.*"([^"]+)"$/\1/' | sort -u
}

_esimctl ()
{
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i
  local common='--json --euicc --help' words=
  local verbs='status list show icon slot download discover enable disable rename delete deregister deregistrations receipt
    connections notifications default-server trust reset-memory carriers monitor'

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --euicc) ((++i)) ;;
      -*) ;;
      *) verb=${COMP_WORDS[i]}; break ;;
    esac
  done
  case $prev in
    --method) COMPREPLY=($(compgen -W 'portal local' -- "$cur")); return ;;
    --reason)
      COMPREPLY=($(compgen -W 'no-longer-needed travel-ended switching-carrier too-expensive device-change
        poor-service other' -- "$cur"))
      return ;;
    --carrier) COMPREPLY=($(compgen -W "$(_esimctl_carriers)" -- "$cur")); return ;;
    --answer)
      compopt -o nospace 2>/dev/null
      COMPREPLY=($(compgen -S = -W 'carrier plan consent contract-continues opened outcome missing reference date expected-by
        effective-date tasks-done remove-now seen' -- "$cur"))
      return ;;
    --qr | --confirmation-code-file) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --folder) COMPREPLY=($(compgen -d -- "$cur")); return ;;
    --document) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --modem) COMPREPLY=($(compgen -W "$(_esimctl_modems)" -- "$cur")); return ;;
    --apn | --server | --matching-id | --confirm-eid | --euicc | --eid | --token | --plan | --reason-text | --mccmnc | --gid1 | --iccid | --service-provider | --smdp-address) return ;;
    -o | --output) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --roots) COMPREPLY=($(compgen -d -- "$cur")); return ;;
  esac
  case $verb in
    '') words="$verbs $common --version" ;;
    list) words="$common --all" ;;
    icon)
      if [[ $prev != icon ]]; then
        words=$common
        [[ $cur == -* ]] || { COMPREPLY=($(compgen -f -- "$cur")); return; }
      else
        words="$common $(_esimctl_profiles)"
      fi ;;
    download)
      words="$common --qr --server --matching-id --yes --accept-rules --allow-test-profile --confirmation-code-file" ;;
    discover)
      words="$common --server --download --yes --accept-rules --allow-test-profile --confirmation-code-file" ;;
    default-server) words="$common --clear" ;;
    reset-memory) words="$common operational test default-address --confirm-eid --contracts-continue --allow-disconnect" ;;
    trust)
      case $prev in
        add) [[ $cur == -* ]] || { COMPREPLY=($(compgen -f -- "$cur")); return; } ;;
      esac
      words="$common list add remove --fingerprints --yes --test-root --folder" ;;
    show | rename | connections) words="$common $(_esimctl_profiles)" ;;
    enable) words="$common --create-connection --apn --allow-disconnect $(_esimctl_profiles)" ;;
    disable) words="$common --allow-disconnect $(_esimctl_profiles)" ;;
    delete) words="$common --contract-continues --allow-disconnect $(_esimctl_profiles)" ;;
    slot)
      case $prev in
        activate) return ;;
        *) words="$common list activate --modem --allow-disconnect" ;;
      esac ;;
    deregister)
      words="$common --method --carrier --plan --reason --reason-text --iccid --dry-run --yes --contract-continues --allow-disconnect
        --answer --document --no-wait --token receipt $(_esimctl_profiles)" ;;
    deregistrations)
      case $prev in
        show | check | retry | withdraw | forget) words=$(_esimctl_ids) ;;
        *) words="$common show check retry withdraw forget" ;;
      esac ;;
    receipt)
      if [[ $prev == verify ]]; then
        COMPREPLY=($(compgen -f -- "$cur"))
        return
      fi
      words="$common verify --html --output --eid --roots $(_esimctl_ids)" ;;
    notifications) words="$common list send remove --refresh --yes" ;;
    carriers)
      case $prev in
        show) words=$(_esimctl_carriers) ;;
        match) words="--mccmnc --gid1 --iccid --service-provider --smdp-address $(_esimctl_profiles)" ;;
        check) COMPREPLY=($(compgen -f -- "$cur")); return ;;
        *) words="$common list show match check --mccmnc --gid1 --iccid --service-provider --smdp-address" ;;
      esac ;;
    *) words=$common ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -F _esimctl esimctl
