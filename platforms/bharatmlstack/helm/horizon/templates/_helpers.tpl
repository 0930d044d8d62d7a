{{/* The contract of Horizon, from files/services.yaml: port, health page, names of mandatory variables. */}}
{{- define "horizon.contract" -}}
{{- toYaml (get (fromYaml (.Files.Get "files/services.yaml")).services "horizon") -}}
{{- end }}

{{/*
Where a login is: `secret`, `usernameKey` and `passwordKey`. Takes `root` and `store` (mysql, etcd or scylla): a Secret of
the user's own, else the chart's Secret, which holds the logins of all stores.
*/}}
{{- define "horizon.login" -}}
{{- $auth := (get .root.Values .store).auth -}}
{{- if $auth.existingSecret -}}
secret: {{ $auth.existingSecret | quote }}
usernameKey: {{ $auth.usernameKey | quote }}
passwordKey: {{ $auth.passwordKey | quote }}
{{- else -}}
secret: {{ include "slipway.fullname" (dict "root" .root "suffix" "logins") | quote }}
usernameKey: {{ printf "%s-username" .store | quote }}
passwordKey: {{ printf "%s-password" .store | quote }}
{{- end -}}
{{- end }}

{{/* A login as a volume `<store>-login` with the files username and password. Takes `root` and `store`. */}}
{{- define "horizon.loginVolume" -}}
{{- $login := fromYaml (include "horizon.login" .) -}}
- name: {{ .store }}-login
  secret:
    secretName: {{ $login.secret }}
    defaultMode: 0440
    items:
      - key: {{ $login.usernameKey }}
        path: username
      - key: {{ $login.passwordKey }}
        path: password
{{- end }}

{{/* All logins and keys as items of env: the image has no shell and reads nothing but its environment. */}}
{{- define "horizon.loginEnv" -}}
{{- $root := . -}}
{{- $prefixes := dict "mysql" (list "MYSQL_MASTER" "MYSQL_SLAVE") -}}
{{- if .Values.etcd.auth.enabled -}}
{{- $_ := set $prefixes "etcd" (list "ETCD") -}}
{{- end -}}
{{- if .Values.scylla.auth.enabled -}}
{{- $_ := set $prefixes "scylla" (list "SCYLLA_1" "SCYLLA_2") -}}
{{- end -}}
{{- range $store, $names := $prefixes }}
{{- $login := fromYaml (include "horizon.login" (dict "root" $root "store" $store)) }}
{{- $keys := dict }}
{{- range $names }}
{{- $_ := set $keys (printf "%s_USERNAME" .) $login.usernameKey }}
{{- $_ := set $keys (printf "%s_PASSWORD" .) $login.passwordKey }}
{{- end }}
{{ include "slipway.secretEnv" (dict "secret" $login.secret "keys" $keys) }}
{{- end }}
{{- with .Values.git.existingSecret }}
{{ include "slipway.secretEnv" (dict "secret" . "keys" (dict "GITHUB_PRIVATE_KEY" $root.Values.git.privateKeyKey)) }}
{{- end }}
{{- with .Values.argocd.existingSecret }}
{{ include "slipway.secretEnv" (dict "secret" . "keys" (dict "ARGOCD_TOKEN" $root.Values.argocd.tokenKey)) }}
{{- end }}
{{- end }}

{{/* The port at the end of an address, or the one of its scheme. */}}
{{- define "horizon.portOf" -}}
{{- $port := regexFind ":[0-9]+" (. | trimPrefix "https://" | trimPrefix "http://") | trimPrefix ":" -}}
{{- $port | default (hasPrefix "https://" . | ternary "443" "80") -}}
{{- end }}

{{/* The ports of etcd's endpoints, as a JSON list. */}}
{{- define "horizon.etcdPorts" -}}
{{- $ports := list -}}
{{- range .Values.etcd.endpoints -}}
{{- $ports = append $ports (include "horizon.portOf" . | int) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end }}

{{/* A NetworkPolicy rule to `ports`, at `peers` or anywhere. */}}
{{- define "horizon.to" -}}
- ports:
    {{- range .ports | uniq }}
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  {{- with .peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "horizon.backupClaim" -}}
{{- .Values.backup.persistence.existingClaim | default (include "slipway.fullname" (dict "root" . "suffix" "backup")) -}}
{{- end }}
