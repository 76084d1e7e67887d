{{- define "wattest.name" -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "wattest.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wattest.labels" -}}
{{ include "wattest.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "wattest.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "wattest.secret" -}}
{{ .Values.endpoint.existingSecret | default (printf "%s-endpoint" (include "wattest.name" .)) }}
{{- end }}

{{- define "wattest.host" -}}
{{ include "wattest.name" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{/* The device's configuration with what the chart adds to it. */}}
{{- define "wattest.config" -}}
{{- $own := dict "metrics" (dict "host" "0.0.0.0" "port" .Values.metrics.port) }}
{{- if .Values.endpoint.enabled }}
{{- $name := include "wattest.name" . }}
{{- $host := include "wattest.host" . }}
{{- $names := list $name (printf "%s.%s" $name .Release.Namespace) $host (printf "%s.cluster.local" $host) }}
{{- $token := dict "file" "/etc/wattest-endpoint/token" }}
{{- $_ := set $own "endpoint" (dict "host" "0.0.0.0" "port" .Values.endpoint.port "names" $names "token" $token) }}
{{- end }}
{{- merge $own .Values.config | toPrettyJson }}
{{- end }}
