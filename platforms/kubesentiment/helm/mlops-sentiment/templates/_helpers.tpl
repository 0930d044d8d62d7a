{{/* What this chart's templates share; names, labels, pods, routes and policies come from the library in charts/. */}}

{{/* Whether the release runs the Prometheus chart: the condition of Chart.yaml, whose first given path decides. */}}
{{- define "mlops-sentiment.prometheus" -}}
{{- ternary .Values.monitoring.prometheus.enabled .Values.prometheus.enabled (hasKey .Values.monitoring.prometheus "enabled") | ternary "true" "" -}}
{{- end }}

{{- define "mlops-sentiment.grafana" -}}
{{- ternary .Values.monitoring.grafana.enabled .Values.grafana.enabled (hasKey .Values.monitoring.grafana "enabled") | ternary "true" "" -}}
{{- end }}

{{/* The scope of the release's own Redis. */}}
{{- define "mlops-sentiment.redis.fullname" -}}
{{- include "slipway.fullname" (dict "root" . "suffix" "redis") -}}
{{- end }}

{{/* Where the prediction cache is; nothing when there is none. */}}
{{- define "mlops-sentiment.redis.host" -}}
{{- if .Values.redis.enabled -}}
{{- include "mlops-sentiment.redis.fullname" . -}}
{{- else -}}
{{- .Values.redis.external.host -}}
{{- end -}}
{{- end }}

{{/* The Secret of its password. */}}
{{- define "mlops-sentiment.redis.secret" -}}
{{- if .Values.redis.enabled -}}
{{- .Values.redis.existingSecret | default (include "mlops-sentiment.redis.fullname" .) -}}
{{- else if .Values.redis.external.host -}}
{{- .Values.redis.external.existingSecret -}}
{{- end -}}
{{- end }}

{{/* Whether Vault's agent brings the API key as a file. */}}
{{- define "mlops-sentiment.agent" -}}
{{- if and .Values.auth.enabled .Values.vault.enabled (eq .Values.vault.mode "agent") -}}true{{- end -}}
{{- end }}

{{/* The Secret with the API key: an existing one, External Secrets', the one of values, or the one that the hook makes. */}}
{{- define "mlops-sentiment.auth.secret" -}}
{{- if and .Values.auth.enabled (not (include "mlops-sentiment.agent" .)) -}}
{{- .Values.auth.existingSecret | default (include "slipway.fullname" .) -}}
{{- end -}}
{{- end }}

{{/* Whether nothing else provides that Secret, so that the hook makes it. */}}
{{- define "mlops-sentiment.auth.generated" -}}
{{- if and (include "mlops-sentiment.auth.secret" .) (not .Values.auth.existingSecret) (not .Values.auth.apiKey) (not .Values.vault.enabled) -}}true{{- end -}}
{{- end }}

{{/* The claim of the shared model cache. */}}
{{- define "mlops-sentiment.models.claim" -}}
{{- if .Values.modelCache.persistence.enabled -}}
{{- .Values.modelCache.persistence.existingClaim | default (include "slipway.fullname" (dict "root" . "suffix" "models")) -}}
{{- end -}}
{{- end }}

{{/* Whether a hook fills it, so that pods need not ask the hub. */}}
{{- define "mlops-sentiment.models.warm" -}}
{{- if and .Values.modelCache.persistence.enabled .Values.modelCache.warmUp.enabled -}}true{{- end -}}
{{- end }}

{{/* Annotations by which Vault's agent writes the API key to /vault/secrets/api-key. `once` for pods that end. */}}
{{- define "mlops-sentiment.agent.annotations" -}}
{{- $vault := .root.Values.vault -}}
vault.hashicorp.com/agent-inject: "true"
vault.hashicorp.com/agent-pre-populate-only: {{ .once | quote }}
vault.hashicorp.com/agent-run-as-same-user: "true"
vault.hashicorp.com/agent-set-security-context: "true"
vault.hashicorp.com/role: {{ $vault.role | quote }}
vault.hashicorp.com/auth-path: {{ printf "auth/%s" $vault.authPath | quote }}
vault.hashicorp.com/service: {{ $vault.address | quote }}
{{- with $vault.namespace }}
vault.hashicorp.com/namespace: {{ . | quote }}
{{- end }}
{{- $path := printf "%s/data/%s" $vault.mountPath $vault.secretPath }}
vault.hashicorp.com/agent-inject-secret-api-key: {{ $path | quote }}
vault.hashicorp.com/agent-inject-template-api-key: {{ printf `{{- with secret %q -}}{{ .Data.data.api_key }}{{- end -}}` $path | quote }}
{{- end }}

{{/* The volume with the credentials of Secrets, one file each; nothing when there is none. */}}
{{- define "mlops-sentiment.credentials" -}}
{{- $auth := include "mlops-sentiment.auth.secret" . -}}
{{- $redis := include "mlops-sentiment.redis.secret" . -}}
{{- if or $auth $redis -}}
- name: credentials
  projected:
    defaultMode: 0440
    sources:
      {{- with $auth }}
      - secret:
          name: {{ . }}
          items:
            - key: api-key
              path: api-key
      {{- end }}
      {{- with $redis }}
      - secret:
          name: {{ . }}
          items:
            - key: password
              path: redis-password
      {{- end }}
{{- end -}}
{{- end }}

{{/* Plain settings of the process. The image's profile would turn on what is not here: every switch is set. */}}
{{- define "mlops-sentiment.settings" -}}
{{- $redis := include "mlops-sentiment.redis.host" . -}}
MLOPS_ENVIRONMENT: {{ get (dict "dev" "development" "staging" "staging" "prod" "production") .Values.environment }}
MLOPS_DEBUG: "false"
MLOPS_PORT: "8000"
MLOPS_WORKERS: "1"
MLOPS_LOG_LEVEL: {{ .Values.logLevel }}
MLOPS_ENABLE_METRICS: "true"
MLOPS_MODEL_NAME: {{ .Values.model.name | quote }}
MLOPS_ALLOWED_MODELS: {{ list .Values.model.name | toJson | quote }}
MLOPS_MAX_TEXT_LENGTH: {{ .Values.model.maxTextLength | int | quote }}
MLOPS_MODEL_CACHE_DIR: /models
HF_HOME: /models
HF_HUB_OFFLINE: {{ include "mlops-sentiment.models.warm" . | empty | ternary "0" "1" | quote }}
HOME: /tmp
{{- with .Values.model.onnxPath }}
MLOPS_ONNX_MODEL_PATH: {{ printf "/models/%s" . | quote }}
{{- end }}
MLOPS_REDIS_ENABLED: {{ not (empty $redis) | quote }}
{{- with $redis }}
MLOPS_REDIS_HOST: {{ . | quote }}
MLOPS_REDIS_PORT: {{ $.Values.redis.enabled | ternary 6379 $.Values.redis.external.port | int | quote }}
{{- end }}
MLOPS_KAFKA_ENABLED: {{ .Values.kafka.enabled | quote }}
{{- if .Values.kafka.enabled }}
MLOPS_KAFKA_BOOTSTRAP_SERVERS: {{ .Values.kafka.bootstrapServers | toJson | quote }}
MLOPS_KAFKA_PRODUCER_BOOTSTRAP_SERVERS: {{ .Values.kafka.bootstrapServers | toJson | quote }}
{{- end }}
MLOPS_MLFLOW_ENABLED: {{ .Values.mlflow.enabled | quote }}
{{- if .Values.mlflow.enabled }}
MLOPS_MLFLOW_TRACKING_URI: {{ .Values.mlflow.trackingUri | quote }}
{{- end }}
MLOPS_ENABLE_TRACING: {{ .Values.tracing.enabled | quote }}
{{- if .Values.tracing.enabled }}
MLOPS_TRACING_BACKEND: otlp
MLOPS_OTLP_ENDPOINT: {{ .Values.tracing.endpoint | quote }}
{{- end }}
# The process is given its credentials; it signs in nowhere.
MLOPS_VAULT_ENABLED: "false"
MLOPS_DATA_LAKE_ENABLED: "false"
{{- end }}

{{/* Ports of a list of host:port or URLs, as a NetworkPolicy lists them. */}}
{{- define "mlops-sentiment.ports" -}}
{{- $ports := list -}}
{{- range .addresses -}}
{{- $address := urlParse (contains "://" . | ternary . (printf "tcp://%s" .)) -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $address.host) -}}
{{- $ports = append $ports (int ($port | default (eq $address.scheme "http" | ternary 80 443))) -}}
{{- end -}}
{{- range $ports | uniq -}}
- port: {{ . }}
  protocol: TCP
{{ end -}}
{{- end }}

{{/*
Probes. An API key is asked for on every path, so where there is one a process inside asks, which reads it from its
file; without one the kubelet asks by itself.
*/}}
{{- define "mlops-sentiment.probes" -}}
{{- if not .Values.auth.enabled -}}
{{- include "slipway.probes" . -}}
{{- else -}}
{{- $asked := dict -}}
{{- range $kind, $probe := .Values.probes -}}
{{- if $probe.httpGet -}}
{{- $exec := dict "command" (list "python" "/opt/mlops/ask.py" $probe.httpGet.path (toString ($probe.timeoutSeconds | default 1))) -}}
{{- $probe = merge (dict "exec" $exec) (omit $probe "httpGet") -}}
{{- end -}}
{{- $_ := set $asked $kind $probe -}}
{{- end -}}
{{- include "slipway.probes" (dict "root" . "values" (dict "probes" $asked)) -}}
{{- end -}}
{{- end }}

{{/* A container that asks the service for predictions and fails on a wrong status, body or delay (files/smoke.sh); `patience` in seconds. */}}
{{- define "mlops-sentiment.smoke" -}}
{{- $root := .root -}}
- name: smoke
  {{- include "slipway.containerImage" (dict "root" $root "image" $root.Values.tools.image) | nindent 2 }}
  securityContext:
    {{- include "slipway.securityContext" $root | nindent 4 }}
  command: [sh, /opt/mlops/smoke.sh, /opt/mlops/texts.tsv]
  env:
    - name: URL
      value: {{ printf "http://%s:%d" (include "slipway.fullname" $root) (int $root.Values.service.port) | quote }}
    - name: MILLISECONDS
      value: {{ $root.Values.smoke.milliseconds | int | quote }}
    - name: PATIENCE
      value: {{ .patience | int | quote }}
    - name: AUTH
      value: {{ $root.Values.auth.enabled | quote }}
  resources:
    requests:
      cpu: 10m
      memory: 16Mi
      ephemeral-storage: 8Mi
    limits:
      memory: 64Mi
      ephemeral-storage: 16Mi
  volumeMounts:
    - name: tmp
      mountPath: /tmp
    - name: scripts
      mountPath: /opt/mlops
      readOnly: true
    {{- if include "mlops-sentiment.auth.secret" $root }}
    - name: credentials
      mountPath: /run/mlops
      readOnly: true
    {{- end }}
{{- end }}

{{/* Its pod: Vault's agent signs in with the service's own account. */}}
{{- define "mlops-sentiment.smoke.pod" -}}
{{- $pod := fromYaml (include "slipway.test.pod" .) -}}
{{- if include "mlops-sentiment.agent" . -}}
{{- $_ := set $pod "serviceAccountName" (include "slipway.serviceAccountName" .) -}}
{{- $_ := set $pod "automountServiceAccountToken" true -}}
{{- end -}}
{{- toYaml $pod -}}
{{- end }}

{{- define "mlops-sentiment.smoke.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 8Mi
- name: scripts
  configMap:
    name: {{ include "slipway.fullname" (dict "root" . "suffix" "scripts") }}
{{- with include "mlops-sentiment.auth.secret" . }}
- name: credentials
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      - key: api-key
        path: api-key
{{- end }}
{{- end }}

{{/* Where the metrics are: behind the metrics container, or on the service itself. */}}
{{- define "mlops-sentiment.metricsPath" -}}
{{- .Values.auth.enabled | ternary "/metrics" "/api/v1/metrics" -}}
{{- end }}

{{/* What stands for names of the release in files/alerts.yaml. */}}
{{- define "mlops-sentiment.alertNames" -}}
"@job@": {{ include "slipway.name" . }}
"@namespace@": {{ .Release.Namespace }}
"@service@": {{ include "slipway.fullname" . }}
"@runbooks@": {{ .Values.monitoring.prometheusRule.runbooks | quote }}
{{- end }}
