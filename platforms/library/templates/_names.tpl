{{/*
Names and labels.

Every template of this library takes either the root context, or a dict with `root` and, for a chart of several
components, `values` (the component's block), `component` (its label), `suffix` or `name` (its objects' name).
*/}}

{{/* The chart's name, the same in every environment: selectors and dashboards rely on it. */}}
{{- define "slipway.name" -}}
{{- $root := .root | default . -}}
{{- $root.Values.nameOverride | default $root.Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The name of the scope's objects: `name` behind namePrefix where one is given; else release and chart, and `suffix`. */}}
{{- define "slipway.fullname" -}}
{{- $root := .root | default . -}}
{{- if .name -}}
{{- printf "%s%s" ($root.Values.namePrefix | default "") .name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "slipway.name" . -}}
{{- $base := printf "%s-%s" $root.Release.Name $name -}}
{{- if $root.Values.fullnameOverride -}}
{{- $base = $root.Values.fullnameOverride -}}
{{- else if contains $name $root.Release.Name -}}
{{- $base = $root.Release.Name -}}
{{- end -}}
{{- if .suffix -}}
{{- printf "%s-%s" ($base | trunc (int (sub 62 (len .suffix))) | trimSuffix "-") .suffix -}}
{{- else -}}
{{- $base | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "slipway.chart" -}}
{{- $root := .root | default . -}}
{{- printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* What selects the scope's pods. It never changes over a release's life: no version, no chart, no environment. */}}
{{- define "slipway.selectorLabels" -}}
{{- $root := .root | default . -}}
app.kubernetes.io/name: {{ include "slipway.name" . }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* Labels of every object: the selector's, what Helm recommends, and commonLabels, which change none of them. */}}
{{- define "slipway.labels" -}}
{{- $root := .root | default . -}}
{{- $labels := fromYaml (include "slipway.selectorLabels" .) -}}
{{- $_ := set $labels "helm.sh/chart" (include "slipway.chart" .) -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- with $root.Chart.AppVersion -}}
{{- $_ := set $labels "app.kubernetes.io/version" (. | replace "+" "_" | trunc 63) -}}
{{- end -}}
{{- range $key, $value := $root.Values.commonLabels -}}
{{- if not (hasKey $labels $key) -}}
{{- $_ := set $labels $key $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end }}

{{/* name, labels and annotations of an object. Takes `labels` and `annotations` (dicts) for this object alone. */}}
{{- define "slipway.metadata" -}}
{{- $root := .root | default . -}}
name: {{ include "slipway.fullname" . }}
labels:
  {{- include "slipway.overlay" (dict "base" (fromYaml (include "slipway.labels" .)) "over" .labels) | nindent 2 }}
{{- $annotations := fromYaml (include "slipway.overlay" (dict "base" $root.Values.commonAnnotations "over" .annotations)) }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Labels of a hook's pod: another name than the service's, so that no Service or policy of the service selects it. */}}
{{- define "slipway.hookLabels" -}}
{{- $root := .root | default . -}}
app.kubernetes.io/name: {{ printf "%s-%s" (include "slipway.name" . | trunc (int (sub 62 (len .hookName)))) .hookName }}
app.kubernetes.io/instance: {{ $root.Release.Name | quote }}
{{- end }}

{{/*
Metadata of a hook. Takes `hookName` (the name's suffix), `hook` (test, pre-install…), `weight` and `policy` (when it is
deleted).
*/}}
{{- define "slipway.hookMetadata" -}}
{{- $root := .root | default . -}}
name: {{ include "slipway.fullname" (dict "root" $root "suffix" .hookName) }}
labels:
  {{- include "slipway.hookLabels" . | nindent 2 }}
  app.kubernetes.io/component: hook
  app.kubernetes.io/managed-by: {{ $root.Release.Service }}
  helm.sh/chart: {{ include "slipway.chart" . }}
  {{- with omit ($root.Values.commonLabels | default dict) "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "app.kubernetes.io/managed-by" "helm.sh/chart" }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  {{- with omit ($root.Values.commonAnnotations | default dict) "helm.sh/hook" "helm.sh/hook-weight" "helm.sh/hook-delete-policy" }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  helm.sh/hook: {{ .hook }}
  helm.sh/hook-weight: {{ .weight | default 0 | quote }}
  helm.sh/hook-delete-policy: {{ .policy | default "before-hook-creation,hook-succeeded" }}
{{- end }}

{{/* `over` laid over `base`, key by key; a null takes the key away. (Sprig's merge would take a false for nothing.) */}}
{{- define "slipway.overlay" -}}
{{- $out := dict -}}
{{- range $layer := list .base .over -}}
{{- range $key, $value := $layer -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $out $key -}}
{{- else -}}
{{- $_ := set $out $key $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $out -}}
{{- end }}

{{/* Lines KEY: "value" of `data`, a dict of scalars; nulls are left out. Numbers stay as they were written (never 1e+06). */}}
{{- define "slipway.configMapData" -}}
{{- $data := dict -}}
{{- range $key, $value := .data -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $_ := set $data $key (kindIs "string" $value | ternary $value (toJson $value)) -}}
{{- end -}}
{{- end -}}
{{- with $data -}}
{{- toYaml . -}}
{{- end -}}
{{- end }}
