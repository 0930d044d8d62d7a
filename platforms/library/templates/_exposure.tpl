{{/* How a service is reached: Service, Ingress, Gateway API. */}}

{{/* A Service's spec but its ports, which the chart writes itself. `headless true` gives each pod its own address. */}}
{{- define "slipway.serviceSpec" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $service := $values.service | default dict -}}
{{- if .headless -}}
type: ClusterIP
clusterIP: None
{{- else -}}
type: {{ $service.type | default "ClusterIP" }}
{{- with $service.loadBalancerClass }}
loadBalancerClass: {{ . }}
{{- end }}
{{- with $service.loadBalancerSourceRanges }}
loadBalancerSourceRanges:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $service.externalTrafficPolicy }}
externalTrafficPolicy: {{ . }}
{{- end }}
{{- end }}
{{- if .publishNotReadyAddresses }}
publishNotReadyAddresses: true
{{- end }}
selector:
  {{- include "slipway.selectorLabels" . | nindent 2 }}
{{- end }}

{{/* Takes `port` (a port of the Service, by name or number) and `service` (its name; the scope's own when left out). */}}
{{- define "slipway.ingress" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $service := .service | default (include "slipway.fullname" .) -}}
{{- $port := .port -}}
{{- with $values.ingress }}
{{- if .enabled }}
{{- $hosts := prepend (.extraHosts | default list) .host }}
{{- $path := .path | default "/" }}
{{- $pathType := .pathType | default "Prefix" }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  {{- include "slipway.metadata" (merge (dict "annotations" (.annotations | default dict)) $) | nindent 2 }}
spec:
  {{- with .className }}
  ingressClassName: {{ . }}
  {{- end }}
  {{- if (.tls | default dict).enabled }}
  tls:
    - secretName: {{ .tls.secretName | default (printf "%s-tls" (include "slipway.fullname" $)) }}
      hosts:
        {{- range $hosts }}
        - {{ tpl . $root | quote }}
        {{- end }}
  {{- end }}
  rules:
    {{- range $hosts }}
    - host: {{ tpl . $root | quote }}
      http:
        paths:
          - path: {{ $path | quote }}
            pathType: {{ $pathType }}
            backend:
              service:
                name: {{ $service }}
                port:
                  {{- if kindIs "string" $port }}
                  name: {{ $port }}
                  {{- else }}
                  number: {{ int $port }}
                  {{- end }}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The block that says how the Gateway is used: the argument `gateway`, else the scope's own. */}}
{{- define "slipway.gateway.block" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- toYaml (.gateway | default $values.gateway | default dict) -}}
{{- end }}

{{- define "slipway.gateway.name" -}}
{{- $gateway := fromYaml (include "slipway.gateway.block" .) -}}
{{- $gateway.name | default (include "slipway.fullname" .) -}}
{{- end }}

{{/* The Gateway itself, where the chart makes one. Without TLS it listens on 80; with it on 443, and on 80 to redirect. */}}
{{- define "slipway.gateway" -}}
{{- $root := .root | default . -}}
{{- with fromYaml (include "slipway.gateway.block" .) }}
{{- if and .enabled .create }}
{{- $tls := .tls | default dict }}
{{- $namespace := .namespace | default $root.Release.Namespace }}
{{- $routes := .routeNamespace | default $root.Release.Namespace }}
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" (merge (dict "annotations" (.annotations | default dict)) $)) }}
  {{- $_ := set $metadata "name" (include "slipway.gateway.name" $) }}
  {{- if ne $namespace $root.Release.Namespace }}
  {{- $_ := set $metadata "namespace" $namespace }}
  {{- end }}
  {{- toYaml $metadata | nindent 2 }}
spec:
  gatewayClassName: {{ .className }}
  listeners:
    {{- if or (not $tls.enabled) $tls.redirect }}
    - name: http
      protocol: HTTP
      port: 80
      {{- include "slipway.gateway.allowedRoutes" (dict "gateway" $namespace "routes" $routes) | nindent 6 }}
    {{- end }}
    {{- if $tls.enabled }}
    - name: https
      protocol: HTTPS
      port: 443
      tls:
        mode: Terminate
        certificateRefs:
          - kind: Secret
            name: {{ $tls.secretName | default (printf "%s-tls" (include "slipway.fullname" $)) }}
            {{- if ne $namespace $root.Release.Namespace }}
            namespace: {{ $root.Release.Namespace }}
            {{- end }}
      {{- include "slipway.gateway.allowedRoutes" (dict "gateway" $namespace "routes" $routes) | nindent 6 }}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "slipway.gateway.allowedRoutes" -}}
allowedRoutes:
  namespaces:
    {{- if eq .gateway .routes }}
    from: Same
    {{- else }}
    from: Selector
    selector:
      matchLabels:
        kubernetes.io/metadata.name: {{ .routes }}
    {{- end }}
{{- end }}

{{/* parentRefs of a route: the created Gateway's listener `section`, else as the values name them. */}}
{{- define "slipway.gateway.parentRefs" -}}
{{- $root := .root | default . -}}
{{- $gateway := fromYaml (include "slipway.gateway.block" .) -}}
{{- $routes := $gateway.routeNamespace | default $root.Release.Namespace -}}
{{- $namespace := $gateway.namespace | default $root.Release.Namespace -}}
{{- if $gateway.create -}}
- name: {{ include "slipway.gateway.name" . }}
  {{- if ne $namespace $routes }}
  namespace: {{ $namespace }}
  {{- end }}
  sectionName: {{ .section | default (($gateway.tls | default dict).enabled | default false | ternary "https" "http") }}
{{- else -}}
{{- toYaml $gateway.parentRefs -}}
{{- end -}}
{{- end }}

{{/* backendRefs of a route: the scope's own Service with its weight, then gateway.backends. */}}
{{- define "slipway.gateway.backendRefs" -}}
{{- $root := .root | default . -}}
{{- $gateway := fromYaml (include "slipway.gateway.block" .) -}}
- name: {{ .service | default (include "slipway.fullname" .) }}
  {{- if ne ($gateway.routeNamespace | default $root.Release.Namespace) $root.Release.Namespace }}
  namespace: {{ $root.Release.Namespace }}
  {{- end }}
  port: {{ int .port }}
  weight: {{ kindIs "invalid" $gateway.weight | ternary 1 $gateway.weight | int }}
{{- with $gateway.backends }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "slipway.route.metadata" -}}
{{- $root := .root | default . -}}
{{- $gateway := fromYaml (include "slipway.gateway.block" .) -}}
{{- $metadata := fromYaml (include "slipway.metadata" (merge (dict "annotations" ($gateway.routeAnnotations | default dict)) .)) -}}
{{- with .routeSuffix -}}
{{- $_ := set $metadata "name" (printf "%s-%s" ($metadata.name | trunc 54 | trimSuffix "-") .) -}}
{{- end -}}
{{- if ne ($gateway.routeNamespace | default $root.Release.Namespace) $root.Release.Namespace -}}
{{- $_ := set $metadata "namespace" $gateway.routeNamespace -}}
{{- end -}}
{{- toYaml $metadata -}}
{{- end }}

{{- define "slipway.route.hostnames" -}}
{{- $root := .root | default . -}}
{{- $gateway := fromYaml (include "slipway.gateway.block" .) -}}
{{- $hosts := list -}}
{{- range .hosts | default (prepend ($gateway.extraHosts | default list) $gateway.host) -}}
{{- $hosts = append $hosts (tpl . $root) -}}
{{- end -}}
{{- toYaml $hosts -}}
{{- end }}

{{/* Takes `port` (the Service's, a number), `service` (its name), `hosts`. */}}
{{- define "slipway.httproute" -}}
{{- $root := .root | default . -}}
{{- with fromYaml (include "slipway.gateway.block" .) }}
{{- if .enabled }}
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "slipway.route.metadata" $ | nindent 2 }}
spec:
  parentRefs:
    {{- include "slipway.gateway.parentRefs" $ | nindent 4 }}
  hostnames:
    {{- include "slipway.route.hostnames" $ | nindent 4 }}
  rules:
    - matches:
        - path:
            type: PathPrefix
            value: {{ .path | default "/" | quote }}
      {{- with .filters }}
      filters:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .timeouts }}
      timeouts:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      backendRefs:
        {{- include "slipway.gateway.backendRefs" $ | nindent 8 }}
{{- if and .create (.tls | default dict).enabled .tls.redirect }}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  {{- include "slipway.route.metadata" (merge (dict "routeSuffix" "redirect") $) | nindent 2 }}
spec:
  parentRefs:
    {{- include "slipway.gateway.parentRefs" (merge (dict "section" "http") $) | nindent 4 }}
  hostnames:
    {{- include "slipway.route.hostnames" $ | nindent 4 }}
  rules:
    - filters:
        - type: RequestRedirect
          requestRedirect:
            scheme: https
            statusCode: 301
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Takes `port`, `service`, `services` (full names of gRPC services; all when left out) and `hosts`: a listener takes no
HTTPRoute and GRPCRoute of the same host, so a server of both needs a second name.
*/}}
{{- define "slipway.grpcroute" -}}
{{- $root := .root | default . -}}
{{- with fromYaml (include "slipway.gateway.block" .) }}
{{- if .enabled }}
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata:
  {{- include "slipway.route.metadata" $ | nindent 2 }}
spec:
  parentRefs:
    {{- include "slipway.gateway.parentRefs" $ | nindent 4 }}
  hostnames:
    {{- include "slipway.route.hostnames" $ | nindent 4 }}
  rules:
    - {{ with $.services -}}
      matches:
        {{- range . }}
        - method:
            service: {{ . }}
        {{- end }}
      {{ end -}}
      backendRefs:
        {{- include "slipway.gateway.backendRefs" $ | nindent 8 }}
{{- end }}
{{- end }}
{{- end }}

{{/* What other namespaces may refer to: routes to the Service, a Gateway to the certificate. */}}
{{- define "slipway.referenceGrant" -}}
{{- $root := .root | default . -}}
{{- with fromYaml (include "slipway.gateway.block" .) }}
{{- if .enabled }}
{{- $here := $root.Release.Namespace }}
{{- $routes := .routeNamespace | default $here }}
{{- $namespace := .namespace | default $here }}
{{- if ne $routes $here }}
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" $) }}
  {{- $_ := set $metadata "name" (printf "%s-routes" ($metadata.name | trunc 56)) }}
  {{- toYaml $metadata | nindent 2 }}
spec:
  from:
    {{- range $kind := list "HTTPRoute" "GRPCRoute" }}
    - group: gateway.networking.k8s.io
      kind: {{ $kind }}
      namespace: {{ $routes }}
    {{- end }}
  to:
    - group: ""
      kind: Service
      name: {{ $.service | default (include "slipway.fullname" $) }}
{{- end }}
{{- if and .create (.tls | default dict).enabled (ne $namespace $here) }}
---
apiVersion: gateway.networking.k8s.io/v1beta1
kind: ReferenceGrant
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" $) }}
  {{- $_ := set $metadata "name" (printf "%s-certificate" ($metadata.name | trunc 51)) }}
  {{- toYaml $metadata | nindent 2 }}
spec:
  from:
    - group: gateway.networking.k8s.io
      kind: Gateway
      namespace: {{ $namespace }}
  to:
    - group: ""
      kind: Secret
      name: {{ .tls.secretName | default (printf "%s-tls" (include "slipway.fullname" $)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where the service is reached from outside; nothing when neither Ingress nor Gateway is on. */}}
{{- define "slipway.url" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $way := dict -}}
{{- if ($values.ingress | default dict).enabled -}}
{{- $way = $values.ingress -}}
{{- else if ($values.gateway | default dict).enabled -}}
{{- $way = $values.gateway -}}
{{- end -}}
{{- with $way -}}
{{- printf "http%s://%s%s" ((.tls | default dict).enabled | default false | ternary "s" "") (tpl .host $root) (.path | default "/") -}}
{{- end -}}
{{- end }}
