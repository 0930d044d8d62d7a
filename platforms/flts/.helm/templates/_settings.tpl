{{/*
The settings of our own services: what the chart works out stands here, what users choose comes out of the service's `env` in
values.yaml. Nothing in them is secret. files/contract.yaml says what each variable is for; configmaps.yaml makes a ConfigMap of
each.
*/}}

{{- define "flts.settings.fastapi-app" -}}
MINIO_ENDPOINT: {{ include "flts.hostPort" (include "flts.minio.url" .) }}
MINIO_SECURE: {{ hasPrefix "https://" (include "flts.minio.url" .) | quote }}
MINIO_DEFAULT_BUCKET: dataset
{{- end }}

{{- define "flts.settings.eda" -}}
GATEWAY_URL: {{ include "flts.gateway.url" . }}
INPUT_BUCKET: dataset
{{- end }}

{{- define "flts.settings.preprocess" -}}
GATEWAY_URL: {{ include "flts.gateway.url" . }}
KAFKA_BOOTSTRAP_SERVERS: {{ include "flts.kafka.servers" . }}
PRODUCER_TOPIC_0: training-data
PRODUCER_TOPIC_1: inference-data
DLQ_TOPIC: DLQ-preprocess
INPUT_BUCKET: dataset
OUTPUT_BUCKET: processed-data
IDENTIFIER: {{ .Values.pipeline.identifier }}
{{- end }}

{{/* What everybody needs who talks to MLflow and its artifacts. */}}
{{- define "flts.settings.tracking" -}}
KAFKA_BOOTSTRAP_SERVERS: {{ include "flts.kafka.servers" . }}
GATEWAY_URL: {{ include "flts.gateway.url" . }}
MLFLOW_TRACKING_URI: {{ include "flts.mlflow.url" . }}
MLFLOW_S3_ENDPOINT_URL: {{ include "flts.minio.url" . }}
AWS_DEFAULT_REGION: {{ .Values.pipeline.region }}
IDENTIFIER: {{ .Values.pipeline.identifier }}
{{- end }}

{{- define "flts.settings.trainer" -}}
{{ include "flts.settings.tracking" . }}
CONSUMER_TOPIC: training-data
PRODUCER_TOPIC: model-training
DLQ_TOPIC: DLQ-model-training
HEARTBEAT_FILE: /tmp/heartbeat
{{- end }}

{{- define "flts.settings.train-gru" -}}
{{ include "flts.settings.trainer" . }}
CONSUMER_GROUP_ID: train-gru
MODEL_TYPE: GRU
RUN_ONCE: {{ eq .Values.train.gru.mode "job" | ternary "1" "0" | quote }}
{{- end }}

{{- define "flts.settings.train-lstm" -}}
{{ include "flts.settings.trainer" . }}
CONSUMER_GROUP_ID: train-lstm
MODEL_TYPE: LSTM
RUN_ONCE: {{ eq .Values.train.lstm.mode "job" | ternary "1" "0" | quote }}
{{- end }}

{{- define "flts.settings.nonml-prophet" -}}
{{ include "flts.settings.trainer" . }}
CONSUMER_GROUP_ID: nonml-prophet
MODEL_TYPE: PROPHET
RUN_ONCE: {{ eq .Values.nonml.prophet.mode "job" | ternary "1" "0" | quote }}
{{- end }}

{{/* Without a list of its own, eval waits for those trainers that this release runs. */}}
{{- define "flts.expectedModelTypes" -}}
{{- $types := .Values.eval.expectedModelTypes -}}
{{- if not $types -}}
{{- $types = list -}}
{{- if .Values.train.gru.enabled }}{{ $types = append $types "GRU" }}{{ end -}}
{{- if .Values.train.lstm.enabled }}{{ $types = append $types "LSTM" }}{{ end -}}
{{- if .Values.nonml.prophet.enabled }}{{ $types = append $types "PROPHET" }}{{ end -}}
{{- end -}}
{{- join "," $types -}}
{{- end }}

{{- define "flts.settings.eval" -}}
{{ include "flts.settings.tracking" . }}
MODEL_TRAINING_TOPIC: model-training
MODEL_SELECTED_TOPIC: model-selected
DLQ_MODEL_SELECTED: DLQ-model-selected
EVAL_GROUP_ID: eval-promoter
PROMOTION_BUCKET: model-promotion
EXPECTED_MODEL_TYPES: {{ include "flts.expectedModelTypes" . }}
{{- end }}

{{- define "flts.settings.inference" -}}
{{ include "flts.settings.tracking" . }}
CONSUMER_TOPIC_0: inference-data
CONSUMER_TOPIC_1: model-training
CONSUMER_GROUP_ID: batch-forecasting
PROMOTION_TOPIC: model-selected
PRODUCER_TOPIC: performance-eval
DLQ_TOPIC: DLQ-performance-eval
PROMOTION_BUCKET: model-promotion
INFERENCE_LOG_BUCKET: inference-logs
METRICS_PORT: "9091"
{{- end }}

{{/* The data of the ConfigMap of `service`: the above, and `values.env` beside it. */}}
{{- define "flts.config" -}}
{{- $settings := fromYaml (include (printf "flts.settings.%s" .service) .root) -}}
{{- include "slipway.configMapData" (dict "data" (merge $settings (.values.env | default dict))) -}}
{{- end }}
