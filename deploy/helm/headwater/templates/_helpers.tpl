{{- define "headwater.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "headwater.labels" -}}
app.kubernetes.io/name: headwater
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ include "headwater.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "headwater.selector" -}}
app.kubernetes.io/name: headwater
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "headwater.tag" -}}
{{- .Values.image.tag | default .Chart.AppVersion -}}
{{- end -}}

{{/* A build id of Temporal, which contains no dots and colons, from a tag. */}}
{{- define "headwater.buildId" -}}
{{- regexReplaceAll "[.:]" . "-" -}}
{{- end -}}

{{- define "headwater.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "headwater.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The environment: what the chart sets, config, and the secret. The hook runs before a ConfigMap would exist, so it stands in each pod. */}}
{{- define "headwater.environment" -}}
env:
  - { name: HOST, value: 0.0.0.0 }
  - { name: PORT, value: "3000" }
  - { name: DATA_DIR, value: /data }
  {{- range $name, $value := .Values.config }}
  {{- if $value }}
  - { name: {{ $name }}, value: {{ $value | quote }} }
  {{- end }}
  {{- end }}
{{- end -}}

{{- define "headwater.secretEnvironment" -}}
envFrom:
  - secretRef:
      name: {{ required "existingSecret is required: a Secret with ENCRYPTION_KEY, PGPASSWORD and JWT_SECRET or JWKS_URL." .Values.existingSecret }}
{{- end -}}

{{- define "headwater.isShared" -}}
{{- if or .Values.data.existingClaim .Values.data.create -}}true{{- end -}}
{{- end -}}

{{- define "headwater.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- include "headwater.podSecurity" . | nindent 2 }}
{{- end -}}

{{- define "headwater.scheduling" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
