{{/*
What the chart's templates share. Names, labels, security contexts, probes and the like come from the library chart
slipway-common; here stands what only this pipeline knows: where its services find each other, and where their
credentials come from.
*/}}

{{/* The name of an object: namePrefix and `name`. */}}
{{- define "flts.name" -}}
{{- include "slipway.fullname" (dict "root" .root "name" .name) -}}
{{- end }}

{{/* Where the services are: in this release, or outside of it. */}}

{{- define "flts.kafka.servers" -}}
{{- if .Values.kafka.enabled -}}
{{ include "flts.name" (dict "root" . "name" "kafka") }}:9092
{{- else -}}
{{ .Values.kafka.external.bootstrapServers }}
{{- end -}}
{{- end }}

{{- define "flts.minio.url" -}}
{{- if .Values.minio.enabled -}}
http://{{ include "flts.name" (dict "root" . "name" "minio") }}:{{ .Values.minio.service.port }}
{{- else -}}
{{ .Values.minio.external.endpoint }}
{{- end -}}
{{- end }}

{{- define "flts.postgres.address" -}}
{{- if .Values.postgres.enabled -}}
{{ include "flts.name" (dict "root" . "name" "postgres") }}:5432
{{- else -}}
{{ .Values.postgres.external.host }}:{{ .Values.postgres.external.port }}
{{- end -}}
{{- end }}

{{- define "flts.mlflow.url" -}}
{{- if .Values.mlflow.enabled -}}
http://{{ include "flts.name" (dict "root" . "name" "mlflow") }}:{{ .Values.mlflow.service.port }}
{{- else -}}
{{ .Values.mlflow.external.url }}
{{- end -}}
{{- end }}

{{- define "flts.gateway.url" -}}
{{- if .Values.fastapi.enabled -}}
http://{{ include "flts.name" (dict "root" . "name" "fastapi-app") }}:{{ .Values.fastapi.service.port }}
{{- else -}}
{{ .Values.fastapi.external.url }}
{{- end -}}
{{- end }}

{{/* Host and port of the replicas that HAProxy sends to; its name has the address of each. */}}
{{- define "flts.inference.address" -}}
{{- if .Values.inference.enabled -}}
{{ include "flts.name" (dict "root" . "name" "inference-headless") }}.{{ .Release.Namespace }}.svc.{{ .Values.pipeline.clusterDomain }}:8000
{{- else -}}
{{ .Values.inference.external.host }}:{{ .Values.inference.external.port }}
{{- end -}}
{{- end }}

{{/* Whom Locust loads. */}}
{{- define "flts.target.url" -}}
{{- if .Values.locust.targetUrl -}}
{{ .Values.locust.targetUrl }}
{{- else if .Values.inferenceLb.enabled -}}
http://{{ include "flts.name" (dict "root" . "name" "inference-lb") }}:{{ .Values.inferenceLb.service.port }}
{{- else if .Values.inferenceLb.external.url -}}
{{ .Values.inferenceLb.external.url }}
{{- else if .Values.inference.enabled -}}
http://{{ include "flts.name" (dict "root" . "name" "inference") }}:{{ .Values.inference.service.port }}
{{- else -}}
http://{{ .Values.inference.external.host }}:{{ .Values.inference.external.port }}
{{- end -}}
{{- end }}

{{/* Host and port of the master for Locust's workers. */}}
{{- define "flts.locust.master" -}}
{{- if .Values.locust.master.enabled -}}
{{ include "flts.name" (dict "root" . "name" "locust") }}:5557
{{- else -}}
{{ .Values.locust.master.external.host }}:{{ .Values.locust.master.external.port }}
{{- end -}}
{{- end }}

{{- define "flts.prometheus.url" -}}
{{- if .Values.prometheus.enabled -}}
http://{{ include "flts.name" (dict "root" . "name" "prometheus") }}:{{ .Values.prometheus.service.port }}
{{- else -}}
{{ .Values.prometheus.external.url }}
{{- end -}}
{{- end }}

{{/* host:port of a URL. */}}
{{- define "flts.hostPort" -}}
{{- $url := urlParse . -}}
{{- if regexMatch ":[0-9]+$" $url.host -}}
{{ $url.host }}
{{- else -}}
{{ $url.host }}:{{ eq $url.scheme "https" | ternary 443 80 }}
{{- end -}}
{{- end }}

{{/* Credentials: the name of the Secret of `owner` (minio, postgres, grafana, inferenceLb). */}}
{{- define "flts.secret" -}}
{{- $values := .root.Values -}}
{{- $known := dict
    "minio" (dict "auth" $values.minio.auth "name" "minio-credentials")
    "postgres" (dict "auth" $values.postgres.auth "name" "postgres-credentials")
    "grafana" (dict "auth" $values.grafana.auth "name" "grafana-credentials")
    "inferenceLb" (dict "auth" $values.inferenceLb.stats "name" "inference-lb-stats") -}}
{{- $one := get $known .owner -}}
{{- $one.auth.existingSecret | default (include "flts.name" (dict "root" .root "name" $one.name)) -}}
{{- end }}

{{/* The two variables by which S3 clients know who they are. */}}
{{- define "flts.s3.env" -}}
{{- include "slipway.secretEnv" (dict "secret" (include "flts.secret" (dict "root" . "owner" "minio")) "keys" (dict "AWS_ACCESS_KEY_ID" "accessKey" "AWS_SECRET_ACCESS_KEY" "secretKey")) -}}
{{- end }}

{{/* The alert rules, with links into the runbook where it is published. */}}
{{- define "flts.alerts" -}}
{{- .Files.Get "files/alerts.yaml" | replace "@runbooks@" .Values.metrics.prometheusRule.runbooks -}}
{{- end }}

{{/* The contract's entry of `service`. */}}
{{- define "flts.contract" -}}
{{- $contract := fromYaml (.root.Files.Get "files/contract.yaml") -}}
{{- toYaml (get $contract.services .service) -}}
{{- end }}

{{/*
An init container that waits for the services named in `for` (kafka, minio, postgres, mlflow, gateway, locust), wherever
they are; nothing when there are none.
*/}}
{{- define "flts.waitFor" -}}
{{- $root := .root -}}
{{- $targets := list -}}
{{- range .for -}}
{{- if eq . "kafka" -}}
{{- $targets = append $targets (splitList "," (include "flts.kafka.servers" $root) | first) -}}
{{- else if eq . "postgres" -}}
{{- $targets = append $targets (include "flts.postgres.address" $root) -}}
{{- else if eq . "locust" -}}
{{- $targets = append $targets (include "flts.locust.master" $root) -}}
{{- else -}}
{{- $targets = append $targets (include "flts.hostPort" (include (printf "flts.%s.url" .) $root)) -}}
{{- end -}}
{{- end -}}
{{- include "slipway.waitFor" (dict "root" $root "values" .values "targets" $targets "image" $root.Values.tools.image "timeoutSeconds" $root.Values.pipeline.waitTimeoutSeconds) -}}
{{- end }}

{{/* Metadata of a pod template that carries the checksum of `config`, so that a change of it restarts the pods. */}}
{{- define "flts.podMetadata" -}}
{{- $annotations := dict "checksum/config" (sha256sum .config) -}}
{{- $values := set (omit .values "podAnnotations") "podAnnotations" (merge $annotations (.values.podAnnotations | default dict)) -}}
{{- include "slipway.podMetadata" (set (omit . "values") "values" $values) -}}
{{- end }}

{{/*
The rest of a container of one of our own services, as its contract says: command, environment, ports, probes. The
settings are in the ConfigMap NAME-config; `env` are items that cannot be there (Secrets, the pod's own name).
*/}}
{{- define "flts.ownContainer" -}}
{{- $service := fromYaml (include "flts.contract" (dict "root" .root "service" .service)) -}}
securityContext:
  {{- include "slipway.securityContext" . | nindent 2 }}
command: {{ toJson $service.command }}
{{- with $service.args }}
args: {{ toJson . }}
{{- end }}
envFrom:
  {{- include "slipway.envFrom" (merge (dict "configMap" (printf "%s-config" (include "slipway.fullname" .))) .) | nindent 2 }}
{{- $own := include "slipway.env" (set (omit . "values" "env") "values" (omit .values "env")) }}
{{- if or .env $own }}
env:
  {{- with .env }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $own }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end }}
{{- with $service.ports }}
ports:
  {{- range $name, $port := . }}
  - name: {{ $name }}
    containerPort: {{ int $port }}
    protocol: TCP
  {{- end }}
{{- end }}
{{- if and $service.health (not .oneShot) }}
{{- with $service.health.heartbeat }}
# The process touches this file; one that is stuck does not.
startupProbe:
  exec:
    command: [sh, -c, "test -f {{ . }}"]
  periodSeconds: 5
  failureThreshold: 60
readinessProbe:
  exec:
    command: [sh, -c, "test -f {{ . }}"]
  periodSeconds: 30
livenessProbe:
  exec:
    command: [sh, -c, "test $(( $(date +%s) - $(stat -c %Y {{ . }}) )) -lt {{ int $service.health.maxAgeSeconds }}"]
  periodSeconds: 30
  timeoutSeconds: 5
{{- end }}
{{- with $service.health.live }}
startupProbe:
  httpGet:
    path: {{ . }}
    port: http
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet:
    path: {{ . }}
    port: http
  periodSeconds: 15
  timeoutSeconds: 5
{{- end }}
{{- with $service.health.ready }}
readinessProbe:
  httpGet:
    path: {{ . }}
    port: http
  periodSeconds: 10
  timeoutSeconds: 3
{{- end }}
{{- end }}
{{- if not .oneShot }}
{{- with include "slipway.lifecycle" . }}
{{ . }}
{{- end }}
{{- end }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  {{- include "slipway.volumeMounts" . | nindent 2 }}
{{- end }}

{{/* Volumes with a /tmp as large as the container's limit of local disk allows. */}}
{{- define "flts.volumes" -}}
{{- $limit := get (.values.resources.limits | default dict) "ephemeral-storage" | default "256Mi" -}}
{{- include "slipway.volumes" (set (omit . "values") "values" (set (omit .values "tmpSizeLimit") "tmpSizeLimit" $limit)) -}}
{{- end }}

{{/*
The size to ask for a claim: the wanted one, or what the claim has already where that is more, since Kubernetes lets no
claim shrink. Where the cluster cannot be asked (GitOps, helm template) it is the wanted one, and the API server says so
if it is less.
*/}}
{{- define "flts.claimSize" -}}
{{- $live := lookup "v1" "PersistentVolumeClaim" .root.Release.Namespace .name -}}
{{- $have := dig "spec" "resources" "requests" "storage" "0" (default dict $live) | toString -}}
{{- $units := dict "" 1 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 -}}
{{- $bytes := list -}}
{{- range list .size $have -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- $unit := get $units (regexReplaceAll "^[0-9.]+" . "") | default 1 -}}
{{- $bytes = append $bytes (mulf $number (float64 $unit)) -}}
{{- end -}}
{{- gt (last $bytes) (first $bytes) | ternary $have .size -}}
{{- end }}

{{/*
Metadata of a Job whose pod template is `pod`. A Job's template cannot be changed, so its name follows its content: a change
runs a new Job, an upgrade without one leaves the finished Job alone. The chart's version is no change.
*/}}
{{- define "flts.jobMetadata" -}}
{{- $metadata := fromYaml (include "slipway.metadata" .) -}}
{{- $_ := set $metadata "name" (printf "%s-%s" ($metadata.name | trunc 54) (sha256sum .pod | trunc 8)) -}}
{{- toYaml $metadata -}}
{{- end }}

{{/* The volume of a service's data: its claim, or a folder that goes with the pod. */}}
{{- define "flts.dataVolume" -}}
{{- if .values.persistence.enabled -}}
persistentVolumeClaim:
  claimName: {{ include "slipway.fullname" . }}-data
{{- else -}}
emptyDir:
  sizeLimit: {{ .values.persistence.size }}
{{- end -}}
{{- end }}

{{/* The names of what runs, with commas. */}}
{{- define "flts.components" -}}
{{- $values := .Values -}}
{{- $names := list -}}
{{- range $one := list
    (list "kafka" $values.kafka.enabled)
    (list "kafka-topics" (and $values.kafka.topics.create (or $values.kafka.enabled $values.kafka.external.bootstrapServers)))
    (list "minio" $values.minio.enabled)
    (list "minio-init" (and $values.minio.initJob.enabled (or $values.minio.enabled $values.minio.external.endpoint)))
    (list "postgres" $values.postgres.enabled)
    (list "mlflow" $values.mlflow.enabled)
    (list "fastapi-app" $values.fastapi.enabled)
    (list "eda" $values.eda.enabled)
    (list "preprocess" $values.preprocess.enabled)
    (list "train-gru" $values.train.gru.enabled)
    (list "train-lstm" $values.train.lstm.enabled)
    (list "nonml-prophet" $values.nonml.prophet.enabled)
    (list "eval" $values.eval.enabled)
    (list "inference" $values.inference.enabled)
    (list "inference-lb" $values.inferenceLb.enabled)
    (list "prometheus" $values.prometheus.enabled)
    (list "grafana" $values.grafana.enabled)
    (list "locust" (and $values.locust.enabled $values.locust.master.enabled))
    (list "locust-worker" (and $values.locust.enabled $values.locust.worker.enabled))
-}}
{{- if index $one 1 -}}
{{- $names = append $names (index $one 0) -}}
{{- end -}}
{{- end -}}
{{- join "," $names -}}
{{- end }}

{{/* Services that have a host name, for an Ingress or a Gateway: their name to host and port. */}}
{{- define "flts.exposed" -}}
{{- $values := .Values -}}
{{- $exposed := dict -}}
{{- range $one := list
    (list "inference-lb" $values.hosts.api $values.inferenceLb)
    (list "mlflow" $values.hosts.mlflow $values.mlflow)
    (list "grafana" $values.hosts.grafana $values.grafana)
    (list "locust" $values.hosts.locust (dict "enabled" (and $values.locust.enabled $values.locust.master.enabled) "service" $values.locust.master.service))
-}}
{{- $block := index $one 2 -}}
{{- if and (index $one 1) $block.enabled -}}
{{- $_ := set $exposed (index $one 0) (dict "host" (index $one 1) "port" (int $block.service.port)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $exposed -}}
{{- end }}
