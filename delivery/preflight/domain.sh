#!/usr/bin/env bash
# shellcheck disable=SC2034,SC2154 # variables shared with preflight.sh, which sources this
# HTTPS and a name: the certificate, the hosted zone, or CloudFront.

certificate() {
  checking certificate
  local arn_parts arn name status names covered
  arn=$(parameter CertificateArn) name=$(parameter DomainName)
  IFS=: read -ra arn_parts <<<"$arn"
  if [[ ${arn_parts[3]:-} != "$region" || ${arn_parts[4]:-} != "$account" ]]; then
    fail "$arn is not of account $account in $region, where the endpoint needs it" "$(request_certificate "$name")"
    return 0
  fi
  ask acm:DescribeCertificate '(ResourceNotFoundException)' acm describe-certificate --certificate-arn "$arn" \
    --query "Certificate.[Status, join(' ', SubjectAlternativeNames)]" || return 0
  if [[ -z $answer ]]; then
    fail "$arn does not exist" "$(request_certificate "$name")"
    return 0
  fi
  IFS=$'\t' read -r status names <<<"$answer"
  case $status in
    ISSUED) ;;
    PENDING_VALIDATION)
      fail "it waits for its validation: put the record that ACM asks for into the zone of the name" \
        "aws acm describe-certificate --certificate-arn $arn --query Certificate.DomainValidationOptions"
      return 0
      ;;
    *)
      fail "it is $status" "$(request_certificate "$name")"
      return 0
      ;;
  esac
  for covered in $names; do
    if covers "$covered" "$name"; then
      ok "issued, and $covered covers $name"
      return 0
    fi
  done
  fail "it is for $names and does not cover DomainName=$name" "$(request_certificate "$name")"
}

request_certificate() {
  printf '%s' "aws acm request-certificate --validation-method DNS --domain-name ${1:-NAME}"
}

# covers CERTIFIED NAME: a wildcard matches one label.
# https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
covers() {
  [[ $1 == "$2" ]] || [[ $1 == "*."* && ${1#\*.} == "${2#*.}" ]]
}

hosted_zone() {
  checking "hosted zone"
  local id name zone private
  id=$(parameter HostedZoneId) name=$(parameter DomainName)
  ask route53:GetHostedZone '(NoSuchHostedZone)' route53 get-hosted-zone --id "$id" \
    --query 'HostedZone.[Name, Config.PrivateZone]' || return 0
  read -r zone private <<<"$answer"
  zone=${zone%.}
  if [[ -z $zone ]]; then
    fail "$id does not exist in this account" "aws route53 list-hosted-zones --query 'HostedZones[].[Id, Name]'"
  elif [[ $private == True ]]; then
    fail "$id, $zone, is private: callers outside its VPCs can't find the name" \
      "aws route53 list-hosted-zones --query 'HostedZones[?!Config.PrivateZone].[Id, Name]'"
  elif [[ $name != "$zone" && $name != *".$zone" ]]; then
    fail "$id is the zone of $zone, and DomainName=$name is not in it" \
      "aws route53 list-hosted-zones --query 'HostedZones[].[Id, Name]'"
  else
    record_is_free "$id" "$name" "$zone"
  fi
}

# The stack creates the record, and can't take over an existing one.
record_is_free() {
  local id=$1 name=$2 type target
  ask route53:ListResourceRecordSets '' route53 list-resource-record-sets --hosted-zone-id "$id" \
    --start-record-name "$name." --no-paginate \
    --query "ResourceRecordSets[?Name=='$name.'].[Type, AliasTarget.DNSName]" || return 0
  while read -r type target; do
    case $type in
      A | CNAME)
        # The stack's own: API Gateway gives each name a host like d-0123456789.
        if [[ $is_new == no && ($target == *"$stack-alb-"* || $target == d-*.execute-api.*) ]]; then continue; fi
        fail "$name has a record of type $type already: delete it, or leave HostedZoneId out" \
          "aws route53 list-resource-record-sets --hosted-zone-id $id --query \"ResourceRecordSets[?Name=='$name.']\""
        return 0
        ;;
    esac
  done <<<"$answer"
  ok "$id is the zone of $3"
}

cloudfront() {
  checking "prefix list"
  local id list=com.amazonaws.global.cloudfront.origin-facing weight=55 rules
  id=$(parameter CloudFrontPrefixListId)
  ask ec2:DescribeManagedPrefixLists '' ec2 describe-managed-prefix-lists \
    --filters "Name=prefix-list-name,Values=$list" --query 'PrefixLists[].PrefixListId' || answer=unanswered
  if [[ $answer == "$id" ]]; then
    ok "$id is CloudFront's in $region"
  elif [[ $answer != unanswered ]]; then
    fail "$id is not CloudFront's list in $region" "CloudFrontPrefixListId=${answer:-... (this region has no $list)}"
  fi

  # The list counts as several rules. Grafana's stack adds one for people who bypass CloudFront.
  # https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
  checking "rules per group"
  rules=$weight
  [[ $grafana == no ]] || rules=$((rules + 1))
  if quota vpc L-0EA8095F; then
    if ((rules <= answer)); then
      ok "$rules of $answer: CloudFront's list counts as $weight"
    else
      fail "$rules needed and $answer allowed: CloudFront's list counts as $weight" \
        "$(increase vpc L-0EA8095F 100)"
    fi
  fi

  # No API tells in advance. A distribution proves that CloudFront accepts the account; its absence proves nothing.
  checking "CloudFront"
  # shellcheck disable=SC2016 # JMESPath's quotes
  ask cloudfront:ListDistributions '' cloudfront list-distributions --output json \
    --query 'length(DistributionList.Items || `[]`)' || return 0
  if ((answer > 0)); then
    ok "the account has distributions, so CloudFront accepts it"
  else
    warn "it refuses accounts that AWS has not verified; no API tells in advance" \
      "on \"Your account must be verified\", open a support case: https://console.aws.amazon.com/support/home" \
      "until that is answered, deploy without CloudFrontPrefixListId"
  fi
}
