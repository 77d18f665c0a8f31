{{- define "allotment.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "allotment.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "allotment.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "allotment.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "allotment.selector" -}}
app.kubernetes.io/name: {{ include "allotment.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "allotment.labels" -}}
{{ include "allotment.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "allotment.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* The image runs as uid 1000 and writes nothing to its own files. */}}
{{- define "allotment.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "allotment.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* What the API and the worker both read. */}}
{{- define "allotment.environment" -}}
- { name: ALLOTMENT_SIGNING_KEYS, value: /run/allotment/signing-keys.json }
- { name: PUBLIC_URL, value: {{ .Values.publicUrl | quote }} }
- { name: ALLOTMENT_TIME_ZONE, value: {{ .Values.timeZone | quote }} }
- { name: LOG_LEVEL, value: {{ .Values.logLevel | quote }} }
- { name: TEMPORAL_ADDRESS, value: {{ .Values.temporal.address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .Values.temporal.namespace | quote }} }
- { name: ALLOTMENT_TASK_QUEUE, value: {{ .Values.temporal.taskQueue | quote }} }
{{- with .Values.temporal.uiUrl }}
- { name: TEMPORAL_UI_URL, value: {{ . | quote }} }
{{- end }}
{{- with .Values.temporal.tls }}
{{- if .enabled }}
- { name: TEMPORAL_TLS, value: 'true' }
{{- end }}
{{- if and .secret .ca }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /run/temporal/ca.crt }
{{- end }}
{{- if and .secret .clientCertificate }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /run/temporal/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /run/temporal/tls.key }
{{- end }}
{{- with .serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- range $name, $value := .Values.extraEnv }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{- define "allotment.mounts" -}}
- { name: signing-keys, mountPath: /run/allotment, readOnly: true }
{{- if .Values.temporal.tls.secret }}
- { name: temporal-tls, mountPath: /run/temporal, readOnly: true }
{{- end }}
{{- end -}}

{{- define "allotment.volumes" -}}
- name: signing-keys
  secret: { secretName: {{ .Values.secrets.signingKeys }}, defaultMode: 0440 }
{{- with .Values.temporal.tls.secret }}
- name: temporal-tls
  secret: { secretName: {{ . }}, defaultMode: 0440 }
{{- end }}
{{- end -}}

{{/* Away from each other, as far as there are nodes and zones. Takes the context and the component. */}}
{{- define "allotment.spread" -}}
{{- range tuple "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ . }}
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "allotment.selector" $.context | nindent 6 }}
      app.kubernetes.io/component: {{ $.component }}
{{- end }}
{{- end -}}

{{- define "allotment.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
