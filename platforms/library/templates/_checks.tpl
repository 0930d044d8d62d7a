{{/* Checks of values that a schema cannot see. They render nothing; each fails with a sentence that says what to do. */}}

{{/* The value at `path` (dotted) of the scope's values, as JSON; null where there is none. */}}
{{- define "slipway.value" -}}
{{- $root := .root | default . -}}
{{- $node := hasKey . "values" | ternary .values $root.Values -}}
{{- range $key := splitList "." .path -}}
{{- if kindIs "map" $node -}}
{{- $node = get $node $key -}}
{{- else -}}
{{- $node = "" -}}
{{- end -}}
{{- end -}}
{{- toJson $node -}}
{{- end }}

{{- define "slipway.check.exposure" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $ingress := $values.ingress | default dict -}}
{{- $gateway := $values.gateway | default dict -}}
{{- if and $ingress.enabled $gateway.enabled -}}
{{- fail "ingress.enabled and gateway.enabled are both on: one service has one way in, so switch one of them off" -}}
{{- end -}}
{{- if and $ingress.enabled (not $ingress.host) -}}
{{- fail "ingress.host: an Ingress needs the name under which the service is reached" -}}
{{- end -}}
{{- if $gateway.enabled -}}
{{- if not $gateway.host -}}
{{- fail "gateway.host: a route needs the name under which the service is reached" -}}
{{- end -}}
{{- if and $gateway.create (not $gateway.className) -}}
{{- fail "gateway.className: a Gateway of the chart's own needs a GatewayClass; or name an existing Gateway in gateway.parentRefs and switch gateway.create off" -}}
{{- end -}}
{{- if not (or $gateway.create $gateway.parentRefs) -}}
{{- fail "gateway.parentRefs: name the Gateway that the route hangs on, or let the chart make one with gateway.create" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "slipway.check.scaling" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $hpa := $values.autoscaling | default dict -}}
{{- $keda := $values.keda | default dict -}}
{{- if and $hpa.enabled $keda.enabled -}}
{{- fail "autoscaling.enabled and keda.enabled are both on: two autoscalers would pull at one number, so switch one of them off" -}}
{{- end -}}
{{- range $block, $scaler := dict "autoscaling" $hpa "keda" $keda -}}
{{- if and $scaler.enabled (gt (int $scaler.minReplicas) (int $scaler.maxReplicas)) -}}
{{- fail (printf "%s.minReplicas (%d) is more than %s.maxReplicas (%d)" $block (int $scaler.minReplicas) $block (int $scaler.maxReplicas)) -}}
{{- end -}}
{{- end -}}
{{- if and $hpa.enabled (not (or $hpa.targetCPUUtilizationPercentage $hpa.targetMemoryUtilizationPercentage $hpa.metrics)) -}}
{{- fail "autoscaling: it needs at least one of targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage and metrics" -}}
{{- end -}}
{{- if and $keda.enabled (not $keda.triggers) -}}
{{- fail "keda.triggers: a ScaledObject needs at least one trigger" -}}
{{- end -}}
{{- end }}

{{- define "slipway.check.pdb" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $pdb := $values.pdb | default dict -}}
{{- $replicas := int (include "slipway.effectiveReplicas" .) -}}
{{- if and $pdb.enabled (gt $replicas 1) -}}
{{- if and $pdb.minAvailable $pdb.maxUnavailable -}}
{{- fail "pdb.minAvailable and pdb.maxUnavailable exclude each other: Kubernetes takes one of them" -}}
{{- end -}}
{{- if and $pdb.minAvailable (ge (int $pdb.minAvailable) $replicas) -}}
{{- fail (printf "pdb.minAvailable (%d) leaves no pod to evict of %d: no node could be drained" (int $pdb.minAvailable) $replicas) -}}
{{- end -}}
{{- if eq (toString $pdb.minAvailable) "100%" -}}
{{- fail "pdb.minAvailable: with 100% no node could be drained" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "slipway.check.secret" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- if and $values.existingSecret ($values.externalSecrets | default dict).enabled -}}
{{- fail "existingSecret and externalSecrets.enabled exclude each other: name an existing Secret, or let the operator make one" -}}
{{- end -}}
{{- end }}

{{/* `paths`: a dict of path: what the setting is for. */}}
{{- define "slipway.check.required" -}}
{{- $scope := . -}}
{{- range $path, $why := .paths -}}
{{- if has (include "slipway.value" (merge (dict "path" $path) $scope)) (list "null" "\"\"" "[]" "{}") -}}
{{- fail (printf "%s is missing: %s" $path $why) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A number of members that can always tell which half is the larger; `allowed` narrows it. */}}
{{- define "slipway.check.quorum" -}}
{{- $size := int (fromJson (printf "{\"size\":%s}" (include "slipway.value" .))).size -}}
{{- $allowed := list -}}
{{- range .allowed -}}
{{- $allowed = append $allowed (int .) -}}
{{- end -}}
{{- if and $allowed (not (has $size $allowed)) -}}
{{- fail (printf "%s: %d members are not supported; take %s" .path $size (join " or " $allowed)) -}}
{{- end -}}
{{- if and (not $allowed) (eq (mod $size 2) 0) -}}
{{- fail (printf "%s: %d members tolerate no more failures than %d and can split into halves; take an odd number" .path $size (sub $size 1)) -}}
{{- end -}}
{{- end }}

{{/* A password written into values (`path`) is for dev alone; elsewhere a Secret is named (`secretPath`). */}}
{{- define "slipway.check.password" -}}
{{- $root := .root | default . -}}
{{- $inline := not (has (include "slipway.value" .) (list "null" "\"\"")) -}}
{{- if and $inline (ne ($root.Values.environment | default "") "dev") -}}
{{- fail (printf "%s: a password in values is accepted in environment dev only; put it into a Secret and name that in %s" .path .secretPath) -}}
{{- end -}}
{{- end }}
