{{/* Metrics, alerts and dashboards. */}}

{{/* Takes `port` (the Service's, by name) and `path`. */}}
{{- define "slipway.serviceMonitor" -}}
{{- include "slipway.monitor" (merge (dict "monitorKind" "ServiceMonitor" "field" "serviceMonitor" "endpoints" "endpoints") (hasKey . "root" | ternary . (dict "root" .))) -}}
{{- end }}

{{/* Takes `port` (the container's, by name) and `path`. */}}
{{- define "slipway.podMonitor" -}}
{{- include "slipway.monitor" (merge (dict "monitorKind" "PodMonitor" "field" "podMonitor" "endpoints" "podMetricsEndpoints") (hasKey . "root" | ternary . (dict "root" .))) -}}
{{- end }}

{{- define "slipway.monitor" -}}
{{- $root := .root -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $monitor := get ($values.metrics | default dict) .field | default dict -}}
{{- if $monitor.enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ .monitorKind }}
metadata:
  {{- include "slipway.metadata" (merge (dict "labels" ($monitor.labels | default dict)) .) | nindent 2 }}
spec:
  jobLabel: app.kubernetes.io/name
  namespaceSelector:
    matchNames: [{{ $root.Release.Namespace }}]
  selector:
    matchLabels:
      {{- include "slipway.selectorLabels" . | nindent 6 }}
  {{ .endpoints }}:
    - port: {{ .port }}
      path: {{ .path | default "/metrics" }}
      interval: {{ $monitor.interval | default "30s" }}
      scrapeTimeout: {{ $monitor.scrapeTimeout | default "10s" }}
      {{- with $monitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $monitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
{{- end }}

{{/*
Alert rules of the chart's `file`, which holds groups: as Prometheus writes them. It is not a template, so {{ $labels }}
stays what it is; `replace` (a dict) puts names of the release into it.
*/}}
{{- define "slipway.prometheusRule" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $rule := ($values.metrics | default dict).prometheusRule | default dict -}}
{{- if $rule.enabled -}}
{{- $rules := $root.Files.Get (required "slipway.prometheusRule needs the name of a file" .file) -}}
{{- range $word, $by := .replace -}}
{{- $rules = replace $word $by $rules -}}
{{- end -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  {{- include "slipway.metadata" (merge (dict "labels" ($rule.labels | default dict)) .) | nindent 2 }}
spec:
  {{- $rules | trim | nindent 2 }}
{{- end -}}
{{- end }}

{{/* A ConfigMap for each of `files` (a pattern), labelled as Grafana's sidecar looks for them. */}}
{{- define "slipway.dashboards" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $dashboards := $values.dashboards | default dict -}}
{{- if $dashboards.enabled -}}
{{- $scope := . -}}
{{- range $path, $_ := $root.Files.Glob .files }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" (merge (dict "labels" (merge (dict "grafana_dashboard" "1") ($dashboards.labels | default dict)) "annotations" ($dashboards.annotations | default dict)) $scope)) }}
  {{- $_ := set $metadata "name" (printf "%s-%s" ($metadata.name | trunc 40 | trimSuffix "-") (base $path | trimSuffix ".json" | trunc 22)) }}
  {{- toYaml $metadata | nindent 2 }}
data:
  {{ base $path }}: |-
    {{- $root.Files.Get $path | trim | nindent 4 }}
{{- end }}
{{- end -}}
{{- end }}
