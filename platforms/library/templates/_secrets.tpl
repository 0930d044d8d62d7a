{{/* Secrets: existing ones, fetched ones, and ones made once. Templates never make a password: each render would make another. */}}

{{/* The Secret that the scope's pods read: existingSecret, else the one External Secrets makes, else none. */}}
{{- define "slipway.secretName" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- if $values.existingSecret -}}
{{- tpl $values.existingSecret $root -}}
{{- else if ($values.externalSecrets | default dict).enabled -}}
{{- include "slipway.fullname" . -}}
{{- end -}}
{{- end }}

{{/* The name of the SecretStore that is read: the chart's own where it makes one. */}}
{{- define "slipway.externalSecret.storeRef" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $external := $values.externalSecrets -}}
{{- if ($external.store | default dict).create -}}
kind: SecretStore
name: {{ include "slipway.fullname" . }}
{{- else -}}
kind: {{ $external.secretStoreRef.kind | default "SecretStore" }}
name: {{ required "externalSecrets.secretStoreRef.name: name the SecretStore that holds the values, or let the chart make one with externalSecrets.store.create" $external.secretStoreRef.name }}
{{- end -}}
{{- end }}

{{/* Takes `secret`, the name of the Secret to make; the scope's own when left out. */}}
{{- define "slipway.externalSecret" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- with $values.externalSecrets }}
{{- if .enabled }}
{{- if not (or .remoteKey .data) }}
{{- fail "externalSecrets.remoteKey or externalSecrets.data: say which keys of the store are wanted" }}
{{- end }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- include "slipway.metadata" $ | nindent 2 }}
spec:
  refreshInterval: {{ .refreshInterval | default "1h" }}
  secretStoreRef:
    {{- include "slipway.externalSecret.storeRef" $ | nindent 4 }}
  target:
    name: {{ $.secret | default (include "slipway.secretName" $) }}
    creationPolicy: Owner
    deletionPolicy: Retain
  {{- with .remoteKey }}
  dataFrom:
    - extract:
        key: {{ . | quote }}
  {{- end }}
  {{- with .data }}
  data:
    {{- range $key, $from := . }}
    - secretKey: {{ $key }}
      remoteRef:
        {{- toYaml $from | nindent 8 }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A SecretStore for Vault, AWS Secrets Manager, Google Secret Manager or Azure Key Vault; the pod's own account signs in. */}}
{{- define "slipway.secretStore" -}}
{{- $root := .root | default . -}}
{{- $values := hasKey . "values" | ternary .values $root.Values -}}
{{- $external := $values.externalSecrets | default dict -}}
{{- $store := $external.store | default dict -}}
{{- $account := include "slipway.serviceAccountName" . -}}
{{- if and $external.enabled $store.create -}}
apiVersion: external-secrets.io/v1
kind: SecretStore
metadata:
  {{- include "slipway.metadata" . | nindent 2 }}
spec:
  provider:
    {{- if eq $store.provider "vault" }}
    vault:
      server: {{ required "externalSecrets.store.vault.server: the address of Vault" $store.vault.server }}
      path: {{ $store.vault.path }}
      version: {{ $store.vault.version | default "v2" }}
      {{- with $store.vault.namespace }}
      namespace: {{ . }}
      {{- end }}
      auth:
        kubernetes:
          mountPath: {{ $store.vault.mountPath | default "kubernetes" }}
          role: {{ required "externalSecrets.store.vault.role: the role that the release's service account signs in as" $store.vault.role }}
          serviceAccountRef:
            name: {{ $account }}
    {{- else if eq $store.provider "aws" }}
    aws:
      service: {{ $store.aws.service | default "SecretsManager" }}
      region: {{ required "externalSecrets.store.aws.region: the region of the secrets" $store.aws.region }}
      {{- with $store.aws.role }}
      role: {{ . }}
      {{- end }}
      auth:
        jwt:
          serviceAccountRef:
            name: {{ $account }}
    {{- else if eq $store.provider "gcp" }}
    gcpsm:
      projectID: {{ required "externalSecrets.store.gcp.projectID: the project of the secrets" $store.gcp.projectID }}
      auth:
        workloadIdentity:
          clusterLocation: {{ required "externalSecrets.store.gcp.clusterLocation: the place of the cluster" $store.gcp.clusterLocation }}
          clusterName: {{ required "externalSecrets.store.gcp.clusterName: the name of the cluster" $store.gcp.clusterName }}
          serviceAccountRef:
            name: {{ $account }}
    {{- else if eq $store.provider "azure" }}
    azurekv:
      authType: WorkloadIdentity
      vaultUrl: {{ required "externalSecrets.store.azure.vaultUrl: the address of the key vault" $store.azure.vaultUrl }}
      {{- with $store.azure.tenantId }}
      tenantId: {{ . }}
      {{- end }}
      serviceAccountRef:
        name: {{ $account }}
    {{- else }}
    {{- fail (printf "externalSecrets.store.provider: %q is none of vault, aws, gcp, azure" (toString $store.provider)) }}
    {{- end }}
{{- end -}}
{{- end }}

{{/*
A Secret `secret` made once by generators of External Secrets: `keys` (key: length) become passwords, `fixed`
(key: value) stays as it is.
*/}}
{{- define "slipway.generatedSecret" -}}
{{- $root := .root | default . -}}
{{- $scope := . -}}
{{- $secret := .secret -}}
{{- range $key, $length := .keys }}
---
apiVersion: generators.external-secrets.io/v1alpha1
kind: Password
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" $scope) }}
  {{- $_ := set $metadata "name" (printf "%s-%s" ($secret | trunc 40) ($key | lower | replace "_" "-" | replace "." "-")) }}
  {{- toYaml $metadata | nindent 2 }}
spec:
  length: {{ int $length }}
  digits: {{ div (int $length) 4 }}
  symbols: 0
  noUpper: false
  allowRepeat: true
{{- end }}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  {{- $metadata := fromYaml (include "slipway.metadata" .) }}
  {{- $_ := set $metadata "name" $secret }}
  {{- toYaml $metadata | nindent 2 }}
spec:
  refreshPolicy: CreatedOnce
  target:
    name: {{ $secret }}
    # The values are nowhere else: they outlive the release.
    creationPolicy: Orphan
    deletionPolicy: Retain
    {{- with .fixed }}
    template:
      mergePolicy: Merge
      data:
        {{- include "slipway.configMapData" (dict "data" .) | nindent 8 }}
    {{- end }}
  dataFrom:
    {{- range $key, $_ := .keys }}
    - sourceRef:
        generatorRef:
          apiVersion: generators.external-secrets.io/v1alpha1
          kind: Password
          name: {{ printf "%s-%s" ($secret | trunc 40) ($key | lower | replace "_" "-" | replace "." "-") }}
      rewrite:
        - regexp:
            source: password
            target: {{ $key }}
    {{- end }}
{{- end }}

{{/*
The hookName of the Job below that makes the Secret of this name: its policy selects it by that. What is too long for a label
ends in a mark, so that two Secrets of one long name do not share a Job.
*/}}
{{- define "slipway.secretJob.hookName" -}}
{{- $name := printf "make-%s" . -}}
{{- if gt (len $name) 40 -}}
{{- $name = printf "%s-%s" ($name | trunc 31 | trimSuffix "-") (sha256sum . | trunc 8) -}}
{{- end -}}
{{- $name -}}
{{- end }}

{{/*
The same without an operator: a hook Job that makes the Secret before the first install and leaves an existing one
alone. Its account may create Secrets and read this one, nothing else. `image` needs sh, curl, base64 and /dev/urandom.
*/}}
{{- define "slipway.secretJob" -}}
{{- $root := .root | default . -}}
{{- $suffix := include "slipway.secretJob.hookName" .secret -}}
{{- $hook := dict "root" $root "hookName" $suffix "hook" "pre-install,pre-upgrade" "policy" "before-hook-creation,hook-succeeded" -}}
{{- $name := include "slipway.fullname" (dict "root" $root "suffix" $suffix) -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "slipway.hookMetadata" (merge (dict "weight" -20) $hook) | nindent 2 }}
automountServiceAccountToken: false
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  {{- include "slipway.hookMetadata" (merge (dict "weight" -20) $hook) | nindent 2 }}
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [create]
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [{{ .secret }}]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  {{- include "slipway.hookMetadata" (merge (dict "weight" -20) $hook) | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name }}
subjects:
  - kind: ServiceAccount
    name: {{ $name }}
    namespace: {{ $root.Release.Namespace }}
---
apiVersion: batch/v1
kind: Job
metadata:
  {{- include "slipway.hookMetadata" (merge (dict "weight" -10) $hook) | nindent 2 }}
spec:
  backoffLimit: 3
  activeDeadlineSeconds: 300
  template:
    metadata:
      labels:
        {{- include "slipway.hookLabels" $hook | nindent 8 }}
    spec:
      restartPolicy: Never
      {{- with include "slipway.imagePullSecrets" $root }}
      imagePullSecrets:
        {{- . | nindent 8 }}
      {{- end }}
      serviceAccountName: {{ $name }}
      automountServiceAccountToken: true
      enableServiceLinks: false
      securityContext:
        {{- include "slipway.podSecurityContext" $root | nindent 8 }}
      containers:
        - name: make-secret
          {{- include "slipway.containerImage" (dict "root" $root "image" .image) | nindent 10 }}
          securityContext:
            {{- include "slipway.securityContext" $root | nindent 12 }}
          env:
            - name: NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
          command:
            - sh
            - -c
            - |
              set -eu
              account=/var/run/secrets/kubernetes.io/serviceaccount
              secrets=https://kubernetes.default.svc/api/v1/namespaces/$NAMESPACE/secrets
              # The token travels by curl's standard input: arguments can be read by others.
              call() {
                printf 'header = "Authorization: Bearer %s"\n' "$(cat $account/token)" |
                  curl --silent --show-error --max-time 20 --cacert $account/ca.crt --config - \
                    --output /tmp/answer --write-out '%{http_code}' "$@"
              }
              status=$(call "$secrets/$1")
              case $status in
                200) echo "Secret $1 is there and stays as it is"; exit 0 ;;
                404) ;;
                *) echo "asking for Secret $1: status $status" >&2; cat /tmp/answer >&2; exit 1 ;;
              esac
              password() {
                made=$(head -c 512 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | head -c "$1")
                [ ${#made} -eq "$1" ] && printf %s "$made"
              }
              umask 077
              {
                printf '{"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"%s"},"stringData":{' "$1"
                {{- $first := true }}
                {{- range $key, $value := .fixed }}
                printf '{{ $first | ternary "" "," }}"{{ $key }}":"%s"' {{ $value | squote }}
                {{- $first = false }}
                {{- end }}
                {{- range $key, $length := .keys }}
                printf '{{ $first | ternary "" "," }}"{{ $key }}":"%s"' "$(password {{ int $length }})"
                {{- $first = false }}
                {{- end }}
                printf '}}'
              } > /tmp/secret
              status=$(call --header 'Content-Type: application/json' --data-binary @/tmp/secret "$secrets")
              case $status in
                201) echo "Secret $1 is made" ;;
                409) echo "Secret $1 was made meanwhile and stays as it is" ;;
                *) echo "making Secret $1: status $status" >&2; cat /tmp/answer >&2; exit 1 ;;
              esac
            - make-secret
            - {{ .secret }}
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
      volumes:
        - name: tmp
          emptyDir:
            medium: Memory
            sizeLimit: 1Mi
{{- end }}

{{/* Objects of the user's own, by name or as a list; text goes through tpl. */}}
{{- define "slipway.extraObjects" -}}
{{- $root := .root | default . -}}
{{- range $root.Values.extraObjects }}
---
{{ tpl (kindIs "string" . | ternary . (toYaml .)) $root }}
{{- end }}
{{- end }}
