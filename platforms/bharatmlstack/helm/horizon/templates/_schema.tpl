{{/*
The SQL of files/bootstrap/tables.yaml. Every statement may run again: a table that exists stays as it is. Names are
quoted, as some of them are words of SQL.
*/}}
{{- define "horizon.schema" -}}
{{- $tables := (fromYaml (.Files.Get "files/bootstrap/tables.yaml")).tables -}}
{{- range $table, $of := $tables }}
{{- if not $of.like }}
CREATE TABLE IF NOT EXISTS `{{ $table }}` (
  {{- include "horizon.schema.columns" $of | nindent 2 }}
);
{{- end }}
{{- end }}
{{- /* A table can be like another one only when that is there. */}}
{{- range $table, $of := $tables }}
{{- with $of.like }}
CREATE TABLE IF NOT EXISTS `{{ $table }}` LIKE `{{ . }}`;
{{- end }}
{{- end }}
{{- end }}

{{/* What stands between a table's brackets: its key, its columns kind by kind, its times, its indexes. */}}
{{- define "horizon.schema.columns" -}}
{{- $of := . -}}
{{- $keys := dict "key" "BIGINT UNSIGNED AUTO_INCREMENT" "textKey" "VARCHAR(255)" "numberKey" "BIGINT" "dateKey" "DATE" -}}
{{- $kinds := dict "text" "VARCHAR(255)" "number" "BIGINT" "flag" "BOOLEAN" "document" "TEXT" "json" "JSON" "time" "DATETIME" -}}
{{- $lines := list -}}
{{- range $kind, $type := $keys -}}
{{- with get $of $kind -}}
{{- $lines = append $lines (printf "`%s` %s PRIMARY KEY" . $type) -}}
{{- end -}}
{{- end -}}
{{- range $kind, $type := $kinds -}}
{{- range $name := compact (splitList " " (get $of (printf "%s!" $kind))) -}}
{{- $lines = append $lines (printf "`%s` %s NOT NULL%s" $name $type (include "horizon.schema.default" (dict "of" $of "name" $name))) -}}
{{- end -}}
{{- range $name := compact (splitList " " (get $of $kind)) -}}
{{- $lines = append $lines (printf "`%s` %s%s" $name $type (include "horizon.schema.default" (dict "of" $of "name" $name))) -}}
{{- end -}}
{{- end -}}
{{- $lines = concat $lines (list "`created_at` DATETIME DEFAULT CURRENT_TIMESTAMP" "`updated_at` DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP") -}}
{{- range $words, $names := dict "UNIQUE KEY" $of.unique "KEY" $of.index -}}
{{- range $name := compact (splitList " " ($names | default "")) -}}
{{- $lines = append $lines (printf "%s `by_%s` (`%s`)" $words $name $name) -}}
{{- end -}}
{{- end -}}
{{- join ",\n" $lines -}}
{{- end }}

{{/* What a column holds when nothing is said. */}}
{{- define "horizon.schema.default" -}}
{{- $defaults := .of.defaults | default dict -}}
{{- if hasKey $defaults .name -}}
{{- $value := get $defaults .name -}}
{{- printf " DEFAULT %s" (kindIs "string" $value | ternary (printf "'%v'" $value) (toJson $value)) -}}
{{- end -}}
{{- end }}
