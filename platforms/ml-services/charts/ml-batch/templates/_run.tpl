{{/* The container that does the batch's work. `command` and `args` replace the values' own. */}}
{{- define "ml-batch.container" -}}
{{- $root := .root -}}
- name: ml-batch
  {{- include "slipway.containerImage" $root | nindent 2 }}
  securityContext:
    {{- include "slipway.securityContext" $root | nindent 4 }}
  {{- with .command }}
  command:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .args }}
  args:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with include "slipway.env" $root }}
  env:
    {{- . | nindent 4 }}
  {{- end }}
  {{- with include "slipway.envFrom" (dict "root" $root "secret" (include "slipway.secretName" $root)) }}
  envFrom:
    {{- . | nindent 4 }}
  {{- end }}
  resources:
    {{- toYaml $root.Values.resources | nindent 4 }}
  volumeMounts:
    {{- include "slipway.volumeMounts" $root | nindent 4 }}
{{- end }}

{{/* The Job that every kind runs; the process's exit code decides whether it succeeded. */}}
{{- define "ml-batch.jobSpec" -}}
backoffLimit: {{ .Values.backoffLimit }}
activeDeadlineSeconds: {{ .Values.activeDeadlineSeconds }}
{{- if ne .Values.kind "job" }}
ttlSecondsAfterFinished: {{ .Values.ttlSecondsAfterFinished }}
{{- end }}
template:
  metadata:
    {{- include "slipway.podMetadata" . | nindent 4 }}
  spec:
    restartPolicy: Never
    {{- include "slipway.podSettings" (dict "root" . "spread" false) | nindent 4 }}
    {{- with .Values.extraInitContainers }}
    initContainers:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    containers:
      {{- include "ml-batch.container" (dict "root" . "command" .Values.command "args" .Values.args) | nindent 6 }}
    volumes:
      {{- include "slipway.volumes" . | nindent 6 }}
{{- end }}
