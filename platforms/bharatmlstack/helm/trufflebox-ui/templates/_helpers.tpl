{{/* The contract of the console, from files/services.yaml: port, health page, web root, the settings the browser reads. */}}
{{- define "trufflebox.contract" -}}
{{- toYaml (get (fromYaml (.Files.Get "files/services.yaml")).services "trufflebox-ui") -}}
{{- end }}

{{/* What the browser is told. The console takes text for its switches. */}}
{{- define "trufflebox.browser" -}}
{{- with .Values.console -}}
REACT_APP_HORIZON_BASE_URL: {{ .horizonUrl | quote }}
REACT_APP_HORIZON_PROD_BASE_URL: {{ .horizonProdUrl | default .horizonUrl | quote }}
REACT_APP_SKYE_BASE_URL: {{ .skyeUrl | default .horizonUrl | quote }}
REACT_APP_MODEL_INFERENCE_BASE_URL: {{ .inferenceUrl | default .horizonUrl | quote }}
REACT_APP_ENVIRONMENT: {{ .environment | quote }}
REACT_APP_ONLINE_FEATURE_STORE_ENABLED: {{ .features.onlineFeatureStore | quote }}
REACT_APP_INFERFLOW_ENABLED: {{ .features.inferflow | quote }}
REACT_APP_NUMERIX_ENABLED: {{ .features.numerix | quote }}
REACT_APP_PREDATOR_ENABLED: {{ .features.predator | quote }}
REACT_APP_EMBEDDING_PLATFORM_ENABLED: {{ .features.embeddingPlatform | quote }}
{{- end }}
{{- end }}

{{/* The Secret with the file of users. */}}
{{- define "trufflebox.usersSecret" -}}
{{- .Values.basicAuth.existingSecret | default (include "slipway.fullname" (dict "root" . "suffix" "users")) -}}
{{- end }}

{{- define "trufflebox.usersKey" -}}
{{- .Values.basicAuth.existingSecret | empty | ternary "htpasswd" .Values.basicAuth.key -}}
{{- end }}
