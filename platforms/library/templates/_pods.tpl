{{/* Pods: what every pod needs and says nothing about its service. */}}

{{/*
Labels and annotations of a pod template. The chart's version is not among them: a new version of the chart alone
restarts nothing. `checksums` lists files of templates/ whose content does.
*/}}
{{- define "slipway.podMetadata" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $labels := dict -}}
{{- range $layer := list $root.Values.commonLabels $values.podLabels (fromYaml (include "slipway.selectorLabels" .)) -}}
{{- range $key, $value := $layer -}}
{{- $_ := set $labels $key $value -}}
{{- end -}}
{{- end -}}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- $annotations := fromYaml (include "slipway.overlay" (dict "base" $root.Values.commonAnnotations "over" $values.podAnnotations)) }}
{{- range .checksums }}
{{- $_ := set $annotations (printf "checksum/%s" (trimSuffix ".yaml" .)) (include (print $root.Template.BasePath "/" .) $root | sha256sum) }}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "slipway.serviceAccountName" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $account := $values.serviceAccount | default $root.Values.serviceAccount | default dict -}}
{{- if $account.create -}}
{{- $account.name | default (include "slipway.fullname" .) -}}
{{- else -}}
{{- $account.name | default "default" -}}
{{- end -}}
{{- end }}

{{- define "slipway.serviceAccount" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $account := $values.serviceAccount | default $root.Values.serviceAccount | default dict -}}
{{- if $account.create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" (merge (dict "annotations" ($account.annotations | default dict)) .)) }}
  {{- $_ := set $metadata "name" (include "slipway.serviceAccountName" .) }}
  {{- toYaml $metadata | nindent 2 }}
automountServiceAccountToken: false
{{- end }}
{{- end }}

{{/* The restricted Pod Security Standard, with podSecurityContext of the chart and then of the component laid over. */}}
{{- define "slipway.podSecurityContext" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $restricted := dict "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "fsGroup" 10001 "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- $chart := fromYaml (include "slipway.overlay" (dict "base" $restricted "over" $root.Values.podSecurityContext)) -}}
{{- include "slipway.overlay" (dict "base" $chart "over" $values.podSecurityContext) -}}
{{- end }}

{{/* The same for a container. */}}
{{- define "slipway.securityContext" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $restricted := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{- $chart := fromYaml (include "slipway.overlay" (dict "base" $restricted "over" $root.Values.securityContext)) -}}
{{- include "slipway.overlay" (dict "base" $chart "over" $values.securityContext) -}}
{{- end }}

{{- define "slipway.imagePullSecrets" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $names := list -}}
{{- range concat (($root.Values.global | default dict).imagePullSecrets | default list) (($root.Values.image | default dict).pullSecrets | default list) (($values.image | default dict).pullSecrets | default list) -}}
{{- $names = append $names (kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") .) -}}
{{- end -}}
{{- $items := list -}}
{{- range $names | uniq -}}
{{- $items = append $items (dict "name" .) -}}
{{- end -}}
{{- with $items -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}

{{/* Everything of a pod's spec that says nothing about the service. `spread false` is for pods that run alone, of Jobs
say: no spread, and affinity only as it is given. */}}
{{- define "slipway.podSettings" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $account := $values.serviceAccount | default $root.Values.serviceAccount | default dict -}}
serviceAccountName: {{ include "slipway.serviceAccountName" . }}
automountServiceAccountToken: {{ $account.automount | default false }}
enableServiceLinks: false
{{- with include "slipway.imagePullSecrets" . }}
imagePullSecrets:
  {{- . | nindent 2 }}
{{- end }}
{{- with include "slipway.hostUsers" . }}
{{ . }}
{{- end }}
{{- with $values.priorityClassName | default $root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if not (kindIs "invalid" $values.terminationGracePeriodSeconds) }}
terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds | int }}
{{- end }}
securityContext:
  {{- include "slipway.podSecurityContext" . | nindent 2 }}
{{- with $values.nodeSelector | default $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations | default $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $alone := and (hasKey . "spread") (not .spread) }}
{{- with $alone | ternary (and $values.affinity (toYaml $values.affinity)) (include "slipway.affinity" .) }}
affinity:
  {{- . | nindent 2 }}
{{- end }}
{{- if not $alone }}
{{- with include "slipway.spread" . }}
topologySpreadConstraints:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whether the pod shares the node's users: as the component says, else the chart, else the cluster. */}}
{{- define "slipway.hostUsers" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $shared := kindIs "invalid" $values.hostUsers | ternary $root.Values.hostUsers $values.hostUsers -}}
{{- if not (kindIs "invalid" $shared) -}}
hostUsers: {{ $shared }}
{{- end -}}
{{- end }}

{{/* `affinity` as given, else anti-affinity between the scope's pods on one node: soft, hard or none. */}}
{{- define "slipway.affinity" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $mode := $values.antiAffinity | default $root.Values.antiAffinity | default "soft" -}}
{{- if $values.affinity -}}
{{- toYaml $values.affinity -}}
{{- else if eq $mode "hard" -}}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - topologyKey: kubernetes.io/hostname
      labelSelector:
        matchLabels:
          {{- include "slipway.selectorLabels" . | nindent 10 }}
{{- else if eq $mode "soft" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "slipway.selectorLabels" . | nindent 12 }}
{{- end -}}
{{- end }}

{{/* `topologySpreadConstraints` as given, else an even spread over zones and nodes, counted per revision. */}}
{{- define "slipway.spread" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $spread := $values.topologySpread | default $root.Values.topologySpread | default dict -}}
{{- if $values.topologySpreadConstraints -}}
{{- toYaml $values.topologySpreadConstraints -}}
{{- else if $spread.enabled -}}
{{- $selector := dict "matchLabels" (fromYaml (include "slipway.selectorLabels" .)) -}}
{{- $constraints := list -}}
{{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" -}}
{{- $constraints = append $constraints (dict "maxSkew" 1 "topologyKey" $key "whenUnsatisfiable" ($spread.whenUnsatisfiable | default "ScheduleAnyway") "matchLabelKeys" (list "pod-template-hash") "labelSelector" $selector) -}}
{{- end -}}
{{- toYaml $constraints -}}
{{- end -}}
{{- end }}

{{/* An image's reference. Takes `image` for another block than the scope's own; only the own one falls back to appVersion. */}}
{{- define "slipway.image" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $image := .image | default $values.image -}}
{{- $registry := ($root.Values.global | default dict).imageRegistry | default $image.registry -}}
{{- $tag := $image.tag | default (hasKey . "image" | ternary "" ($root.Chart.AppVersion | default "")) | toString -}}
{{- if not (or $tag $image.digest) -}}
{{- fail (printf "The image %s has neither a tag nor a digest: give it one of them, so that every node runs the same" $image.repository) -}}
{{- end -}}
{{- with $registry }}{{ . }}/{{ end }}{{ $image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with $image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{/* image: and imagePullPolicy: of a container. */}}
{{- define "slipway.containerImage" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $image := .image | default $values.image -}}
image: {{ include "slipway.image" . | quote }}
imagePullPolicy: {{ $image.pullPolicy | default ($root.Values.image | default dict).pullPolicy | default "IfNotPresent" }}
{{- end }}

{{/* Items of env: what the chart sets (`env`, a dict), the values' env over it, then extraEnv. */}}
{{- define "slipway.env" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $env := dict -}}
{{- range $layer := list .env $values.env -}}
{{- range $name, $value := $layer -}}
{{- $_ := set $env $name $value -}}
{{- end -}}
{{- end -}}
{{- $items := list -}}
{{- range $name, $value := $env -}}
{{- if kindIs "map" $value -}}
{{- $items = append $items (merge (dict "name" $name) $value) -}}
{{- else if not (kindIs "invalid" $value) -}}
{{- $items = append $items (dict "name" $name "value" (kindIs "string" $value | ternary $value (toJson $value))) -}}
{{- end -}}
{{- end -}}
{{- with concat $items ($values.extraEnv | default list) -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}

{{/* Items of env out of a Secret: `secret` (its name), `keys` (variable: key), `optional`. */}}
{{- define "slipway.secretEnv" -}}
{{- $secret := required "slipway.secretEnv needs the name of a Secret" .secret -}}
{{- $items := list -}}
{{- range $name, $key := .keys -}}
{{- $ref := dict "name" $secret "key" $key -}}
{{- if $.optional -}}
{{- $_ := set $ref "optional" true -}}
{{- end -}}
{{- $items = append $items (dict "name" $name "valueFrom" (dict "secretKeyRef" $ref)) -}}
{{- end -}}
{{- toYaml $items -}}
{{- end }}

{{/* Items of envFrom: `configMap` and `secret` (names; empty ones are left out), then extraEnvFrom. */}}
{{- define "slipway.envFrom" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $items := list -}}
{{- with .configMap -}}
{{- $items = append $items (dict "configMapRef" (dict "name" .)) -}}
{{- end -}}
{{- with .secret -}}
{{- $items = append $items (dict "secretRef" (dict "name" .)) -}}
{{- end -}}
{{- with concat $items ($values.extraEnvFrom | default list) -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}

{{/* The probes of probes.startup, .liveness and .readiness that are enabled; their other keys are Kubernetes' own. */}}
{{- define "slipway.probes" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $probes := dict -}}
{{- range $kind := list "startup" "liveness" "readiness" -}}
{{- $probe := get ($values.probes | default dict) $kind | default dict -}}
{{- if $probe.enabled -}}
{{- $_ := set $probes (printf "%sProbe" $kind) (omit $probe "enabled") -}}
{{- end -}}
{{- end -}}
{{- with $probes -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}

{{/* lifecycle as given, else a wait before the end, in which load balancers learn that the pod goes. */}}
{{- define "slipway.lifecycle" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- if $values.lifecycle -}}
lifecycle:
  {{- toYaml $values.lifecycle | nindent 2 }}
{{- else if gt (int $values.preStopSleepSeconds) 0 -}}
lifecycle:
  preStop:
    sleep:
      seconds: {{ int $values.preStopSleepSeconds }}
{{- end -}}
{{- end }}

{{/* The root file system is read-only: /tmp is a volume of its own, then extraVolumes. */}}
{{- define "slipway.volumes" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
- name: tmp
  emptyDir:
    sizeLimit: {{ $values.tmpSizeLimit | default "64Mi" }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "slipway.volumeMounts" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
- name: tmp
  mountPath: /tmp
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
An init container that waits until every one of `targets` (host:port) takes connections, at most `timeoutSeconds`
together. `image` is an image with busybox's sh and nc.
*/}}
{{- define "slipway.waitFor" -}}
- name: {{ .containerName | default "wait-for-dependencies" }}
  {{- include "slipway.containerImage" . | nindent 2 }}
  securityContext:
    {{- include "slipway.securityContext" . | nindent 4 }}
  command:
    - sh
    - -c
    - |
      end=$(( $(date +%s) + {{ .timeoutSeconds | default 300 | int }} ))
      for target in "$@"; do
        until nc -z -w 2 "${target%:*}" "${target##*:}"; do
          if [ "$(date +%s)" -ge "$end" ]; then echo "$target does not take connections" >&2; exit 1; fi
          sleep 1
        done
      done
    - wait
    {{- range .targets }}
    - {{ . | quote }}
    {{- end }}
  resources:
    requests:
      cpu: 10m
      memory: 16Mi
      ephemeral-storage: 8Mi
    limits:
      memory: 32Mi
      ephemeral-storage: 16Mi
{{- end }}

{{/* Fields of a test hook's pod: restricted, no token, one try. */}}
{{- define "slipway.test.pod" -}}
{{- $root := .root | default . -}}
restartPolicy: Never
automountServiceAccountToken: false
enableServiceLinks: false
{{- with include "slipway.hostUsers" . }}
{{ . }}
{{- end }}
{{- with include "slipway.imagePullSecrets" . }}
imagePullSecrets:
  {{- . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "slipway.podSecurityContext" $root | nindent 2 }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
