{{/* How many pods there are, and how many may be missing. */}}

{{/* replicas: where neither an HPA nor KEDA owns the number. */}}
{{- define "slipway.replicas" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- if not (or ($values.autoscaling | default dict).enabled ($values.keda | default dict).enabled) -}}
replicas: {{ int $values.replicaCount }}
{{- end -}}
{{- end }}

{{/* The lowest number of pods that is kept up. */}}
{{- define "slipway.effectiveReplicas" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- if ($values.autoscaling | default dict).enabled -}}
{{- int $values.autoscaling.minReplicas -}}
{{- else if ($values.keda | default dict).enabled -}}
{{- int $values.keda.minReplicas -}}
{{- else -}}
{{- int $values.replicaCount -}}
{{- end -}}
{{- end }}

{{- define "slipway.hpa" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- with $values.autoscaling }}
{{- if .enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "slipway.metadata" $ | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ $.kind | default "Deployment" }}
    name: {{ include "slipway.fullname" $ }}
  minReplicas: {{ int .minReplicas }}
  maxReplicas: {{ int .maxReplicas }}
  metrics:
    {{- with .targetCPUUtilizationPercentage }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ int . }}
    {{- end }}
    {{- with .targetMemoryUtilizationPercentage }}
    - type: Resource
      resource:
        name: memory
        target:
          type: Utilization
          averageUtilization: {{ int . }}
    {{- end }}
    {{- with .metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "slipway.keda" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- with $values.keda }}
{{- if .enabled }}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "slipway.metadata" $ | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: {{ $.kind | default "Deployment" }}
    name: {{ include "slipway.fullname" $ }}
  minReplicaCount: {{ int .minReplicas }}
  maxReplicaCount: {{ int .maxReplicas }}
  pollingInterval: {{ int .pollingInterval }}
  cooldownPeriod: {{ int .cooldownPeriod }}
  {{- with .fallback }}
  fallback:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .advanced }}
  advanced:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  triggers:
    {{- toYaml .triggers | nindent 4 }}
{{- end }}
{{- end }}
{{- end }}

{{/* A budget only where more than one pod is kept up: with one, it would stop every drain. */}}
{{- define "slipway.pdb" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- with $values.pdb }}
{{- if and .enabled (gt (int (include "slipway.effectiveReplicas" $)) 1) }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "slipway.metadata" $ | nindent 2 }}
spec:
  {{- if .minAvailable }}
  minAvailable: {{ .minAvailable }}
  {{- else }}
  maxUnavailable: {{ .maxUnavailable | default 1 }}
  {{- end }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "slipway.selectorLabels" $ | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}
