{{/* The contract of one service, from files/services.yaml: ports, health page, names of mandatory variables. */}}
{{- define "onfs.contract" -}}
{{- toYaml (get (fromYaml (.root.Files.Get "files/services.yaml")).services .service) -}}
{{- end }}

{{/* The id of a connection with what etcd calls it by, as text. */}}
{{- define "onfs.id" -}}
{{- int64 . -}}
{{- end }}

{{/* Settings that both processes read: who they are, etcd, and the stores behind them. */}}
{{- define "onfs.settings" -}}
APP_ENV: {{ .Values.environment | quote }}
APP_NAME: {{ .Values.app.name | quote }}
APP_LOG_LEVEL: {{ .Values.app.logLevel | quote }}
APP_METRIC_SAMPLING_RATE: {{ .Values.app.metricSamplingRate | toJson | quote }}
ETCD_SERVER: {{ join "," .Values.etcd.endpoints | quote }}
ETCD_WATCHER_ENABLED: {{ .Values.etcd.watch | quote }}
{{- with .Values.scylla }}
{{- $id := include "onfs.id" .confId }}
STORAGE_SCYLLA_ACTIVE_CONFIG_IDS: {{ $id | quote }}
STORAGE_SCYLLA_{{ $id }}_CONTACT_POINTS: {{ join "," .hosts | quote }}
STORAGE_SCYLLA_{{ $id }}_PORT: {{ int64 .port | quote }}
STORAGE_SCYLLA_{{ $id }}_KEYSPACE: {{ .keyspace | quote }}
STORAGE_SCYLLA_{{ $id }}_MAJOR_VERSION: {{ int64 .majorVersion | quote }}
STORAGE_SCYLLA_{{ $id }}_NUM_CONNS: {{ int64 .connections | quote }}
STORAGE_SCYLLA_{{ $id }}_TIMEOUT_IN_MS: {{ int64 .timeoutMs | quote }}
{{- end }}
{{- with .Values.redis }}
{{- if .enabled }}
{{- $id := include "onfs.id" .confId }}
{{- $kind := printf "STORAGE_REDIS_%s" (upper .mode) }}
DISTRIBUTED_CACHE_CONF_IDS: {{ $id | quote }}
{{ $kind }}_ACTIVE_CONFIG_IDS: {{ $id | quote }}
{{- if eq .mode "standalone" }}
{{ $kind }}_{{ $id }}_ADDR: {{ first .addresses | quote }}
{{- else if eq .mode "failover" }}
{{ $kind }}_{{ $id }}_MASTER_NAME: {{ .masterName | quote }}
{{ $kind }}_{{ $id }}_SENTINEL_ADDRESSES: {{ join "," .addresses | quote }}
{{- else }}
{{ $kind }}_{{ $id }}_ADDRESSES: {{ join "," .addresses | quote }}
{{- end }}
{{- if ne .mode "cluster" }}
{{ $kind }}_{{ $id }}_DB: {{ int64 .database | quote }}
{{- end }}
{{ $kind }}_{{ $id }}_READ_TIMEOUT_IN_MS: {{ int64 .readTimeoutMs | quote }}
{{ $kind }}_{{ $id }}_WRITE_TIMEOUT_IN_MS: {{ int64 .writeTimeoutMs | quote }}
{{ $kind }}_{{ $id }}_POOL_SIZE: {{ int64 .poolSize | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/*
Where a login is: `secret`, `usernameKey` (empty: there is no name) and `passwordKey`. Takes `root`, `store` (its name)
and `auth` (its block): a Secret of the user's own, else the chart's Secret, which holds the logins of all stores.
*/}}
{{- define "onfs.login" -}}
{{- $own := .auth.existingSecret -}}
{{- $named := or .auth.username (and .auth.usernameKey (or $own .root.Values.externalSecrets.enabled)) -}}
secret: {{ $own | default (include "slipway.fullname" (dict "root" .root "suffix" "logins")) | quote }}
usernameKey: {{ (not (empty $named)) | ternary ((not (empty $own)) | ternary .auth.usernameKey (printf "%s-username" .store)) "" | quote }}
passwordKey: {{ (not (empty $own)) | ternary .auth.passwordKey (printf "%s-password" .store) | quote }}
{{- end }}

{{/* The logins of the stores as items of env. The images have no shell and read nothing but their environment. */}}
{{- define "onfs.loginEnv" -}}
{{- $root := . -}}
{{- $logins := dict -}}
{{- if .Values.etcd.auth.enabled -}}
{{- $_ := set $logins "etcd" (dict "auth" .Values.etcd.auth "prefix" "ETCD") -}}
{{- end -}}
{{- if .Values.scylla.auth.enabled -}}
{{- $_ := set $logins "scylla" (dict "auth" .Values.scylla.auth "prefix" (printf "STORAGE_SCYLLA_%s" (include "onfs.id" .Values.scylla.confId))) -}}
{{- end -}}
{{- if and .Values.redis.enabled .Values.redis.auth.enabled -}}
{{- $_ := set $logins "redis" (dict "auth" .Values.redis.auth "prefix" (printf "STORAGE_REDIS_%s_%s" (upper .Values.redis.mode) (include "onfs.id" .Values.redis.confId))) -}}
{{- end -}}
{{- range $store, $of := $logins }}
{{- $login := fromYaml (include "onfs.login" (dict "root" $root "store" $store "auth" $of.auth)) }}
{{- $keys := dict (printf "%s_PASSWORD" $of.prefix) $login.passwordKey }}
{{- with $login.usernameKey }}
{{- $_ := set $keys (printf "%s_USERNAME" $of.prefix) . }}
{{- end }}
{{ include "slipway.secretEnv" (dict "secret" $login.secret "keys" $keys) }}
{{- end }}
{{- end }}

{{/* The Secret that holds the callers' tokens; empty when there is none. */}}
{{- define "onfs.callersSecret" -}}
{{- if .Values.callers.existingSecret -}}
{{- .Values.callers.existingSecret -}}
{{- else if or .Values.callers.tokens .Values.callers.generate -}}
{{- include "slipway.fullname" (dict "root" . "suffix" "callers") -}}
{{- end -}}
{{- end }}

{{/* The StatsD exporter beside a process: it listens where the process sends, and answers Prometheus on port 9102. */}}
{{- define "onfs.statsd" -}}
- name: statsd-exporter
  {{- include "slipway.containerImage" (dict "root" . "image" .Values.statsd.image) | nindent 2 }}
  args:
    - --statsd.listen-udp=127.0.0.1:8125
    - --statsd.listen-tcp=
    - --statsd.mapping-config=/etc/statsd/statsd.yaml
    - --web.listen-address=:9102
  securityContext:
    {{- include "slipway.securityContext" . | nindent 4 }}
  ports:
    - name: metrics
      containerPort: 9102
      protocol: TCP
  livenessProbe:
    httpGet:
      path: /-/healthy
      port: metrics
    periodSeconds: 30
    timeoutSeconds: 3
  readinessProbe:
    httpGet:
      path: /-/ready
      port: metrics
    periodSeconds: 10
    timeoutSeconds: 3
  resources:
    {{- toYaml .Values.statsd.resources | nindent 4 }}
  volumeMounts:
    - name: statsd
      mountPath: /etc/statsd
      readOnly: true
{{- end }}

{{/* Rules of NetworkPolicies: to the stores, each on its own ports. Takes `root` and `ports`. */}}
{{- define "onfs.toBackends" -}}
- ports:
    {{- range .ports | uniq }}
    - port: {{ int . }}
      protocol: TCP
    {{- end }}
  {{- with .root.Values.networkPolicy.backends }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* The ports of a list of addresses, as JSON: `http://a:1`, `b:2`. */}}
{{- define "onfs.portsOf" -}}
{{- $ports := list -}}
{{- range . -}}
{{- $ports = append $ports (regexFind "[0-9]+$" . | int) -}}
{{- end -}}
{{- toJson $ports -}}
{{- end }}

{{/* The ports of etcd, Scylla and Redis, as a JSON list. */}}
{{- define "onfs.storePorts" -}}
{{- $ports := concat (include "onfs.portsOf" .Values.etcd.endpoints | fromJsonArray) (list (int .Values.scylla.port)) -}}
{{- if .Values.redis.enabled -}}
{{- $ports = concat $ports (include "onfs.portsOf" .Values.redis.addresses | fromJsonArray) -}}
{{- end -}}
{{- toJson $ports -}}
{{- end }}
