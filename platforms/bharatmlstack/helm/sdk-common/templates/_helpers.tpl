{{/* The Secret with the token, and its key in it. */}}
{{- define "sdk.tokenSecret" -}}
{{- .Values.store.existingSecret | default (include "slipway.fullname" (dict "root" . "suffix" "token")) -}}
{{- end }}

{{- define "sdk.tokenKey" -}}
{{- if .Values.store.existingSecret -}}
{{- .Values.store.tokenKey | default .Values.store.callerId -}}
{{- else -}}
{{- .Values.store.callerId -}}
{{- end -}}
{{- end }}

{{/* What is written, as the API takes it; @STAMP@ is the value of the run. */}}
{{- define "sdk.persist" -}}
{{- $row := .Values.row -}}
{{- $columns := list -}}
{{- $keys := list -}}
{{- range $row.keys -}}
{{- $columns = append $columns .column -}}
{{- $keys = append $keys .value -}}
{{- end -}}
{{- $group := dict "label" $row.featureGroup "feature_labels" (list $row.feature) -}}
{{- $values := dict $row.type (list "@STAMP@") -}}
{{- $data := dict "key_values" $keys "feature_values" (list (dict "values" $values)) -}}
{{- $query := dict "entity_label" $row.entity "keys_schema" $columns "feature_group_schema" (list $group) "data" (list $data) -}}
{{- eq $row.type "string_values" | ternary (toJson $query) (toJson $query | replace "\"@STAMP@\"" "@STAMP@") -}}
{{- end }}

{{/* What is asked for afterwards. */}}
{{- define "sdk.retrieve" -}}
{{- $row := .Values.row -}}
{{- $columns := list -}}
{{- $keys := list -}}
{{- range $row.keys -}}
{{- $columns = append $columns .column -}}
{{- $keys = append $keys .value -}}
{{- end -}}
{{- $group := dict "label" $row.featureGroup "feature_labels" (list $row.feature) -}}
{{- dict "entity_label" $row.entity "feature_groups" (list $group) "keys_schema" $columns "keys" (list (dict "cols" $keys)) | toJson -}}
{{- end }}

{{/* The pod of Job and CronJob alike. Takes `root` and `scope`. */}}
{{- define "sdk.pod" -}}
{{- $root := .root -}}
metadata:
  {{- include "slipway.podMetadata" (merge (dict "checksums" (list "configmap.yaml" "secret.yaml")) .scope) | nindent 2 }}
spec:
  {{- include "slipway.podSettings" (merge (dict "spread" false) .scope) | nindent 2 }}
  restartPolicy: Never
  containers:
    - name: roundtrip
      {{- include "slipway.containerImage" .scope | nindent 6 }}
      command: [sh, /check/roundtrip.sh]
      securityContext:
        {{- include "slipway.securityContext" .scope | nindent 8 }}
      env:
        - name: STORE_URL
          value: {{ $root.Values.store.url | quote }}
        - name: CALLER_ID
          value: {{ $root.Values.store.callerId | quote }}
        - name: TOKEN_FILE
          value: /caller/token
        - name: REQUESTS
          value: /check
        - name: VALUE_TYPE
          value: {{ $root.Values.row.type }}
        - name: CONNECT_SECONDS
          value: {{ int $root.Values.limits.connectSeconds | quote }}
        - name: MAX_SECONDS
          value: {{ int $root.Values.limits.answerSeconds | quote }}
        - name: MAX_MILLISECONDS
          value: {{ int $root.Values.limits.readMilliseconds | quote }}
        {{- with include "slipway.env" .scope | trim }}
        {{- . | nindent 8 }}
        {{- end }}
      resources:
        {{- toYaml $root.Values.resources | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        - name: check
          mountPath: /check
          readOnly: true
        - name: caller
          mountPath: /caller
          readOnly: true
  volumes:
    # The token is written into a file for curl here, and nowhere else: it is memory.
    - name: tmp
      emptyDir:
        medium: Memory
        sizeLimit: 8Mi
    - name: check
      configMap:
        name: {{ include "slipway.fullname" $root }}
        defaultMode: 0555
    - name: caller
      secret:
        secretName: {{ include "sdk.tokenSecret" $root }}
        defaultMode: 0440
        items:
          - key: {{ include "sdk.tokenKey" $root }}
            path: token
{{- end }}
