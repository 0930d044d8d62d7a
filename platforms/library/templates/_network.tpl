{{/* Network policies: everything is denied but what the chart and the values allow. */}}

{{/*
The policy of the scope's pods. `ingress` and `egress` are lists of strings, each a YAML list of rules; extraIngress and
extraEgress of the values follow, and names can always be looked up.
*/}}
{{- define "slipway.networkPolicy" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $policy := $values.networkPolicy | default $root.Values.networkPolicy | default dict -}}
{{- if $policy.enabled -}}
{{- $ingress := list -}}
{{- range .ingress -}}
{{- $ingress = concat $ingress (fromYamlArray .) -}}
{{- end -}}
{{- $ingress = concat $ingress ($policy.extraIngress | default list) -}}
{{- $egress := fromYamlArray (include "slipway.networkPolicy.dns" .) -}}
{{- range .egress -}}
{{- $egress = concat $egress (fromYamlArray .) -}}
{{- end -}}
{{- $egress = concat $egress ($policy.extraEgress | default list) -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "slipway.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "slipway.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if $ingress }}
  ingress:
    {{- toYaml $ingress | nindent 4 }}
  {{- else }}
  ingress: []
  {{- end }}
  egress:
    {{- toYaml $egress | nindent 4 }}
{{- end -}}
{{- end }}

{{/* The rule that lets names be looked up: cluster DNS, and the node-local cache where there is one. */}}
{{- define "slipway.networkPolicy.dns" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
    - ipBlock:
        cidr: 169.254.20.10/32
  ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end }}

{{/* A peer: the pods of this release, or of one component (`component`). */}}
{{- define "slipway.networkPolicy.release" -}}
- podSelector:
    matchLabels:
      {{- include "slipway.selectorLabels" . | nindent 6 }}
{{- end }}
