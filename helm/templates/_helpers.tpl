{{- /* Short enough for every suffix used here to fit into the 63 characters of a label. */}}
{{- define "perezvon.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- /* What selectors use; it must never change for a release: Deployments refuse it.
       Call: include "perezvon.selectorLabels" (list . "web") */}}
{{- define "perezvon.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ default $root.Chart.Name $root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /* Call: include "perezvon.labels" (list . "web") */}}
{{- define "perezvon.labels" -}}
{{- $root := index . 0 -}}
{{ include "perezvon.selectorLabels" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "perezvon.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{ $image.repository }}@{{ $image.digest }}
{{- else -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- end -}}
{{- end }}

{{- define "perezvon.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "perezvon.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{- /* The ConfigMap's variables. Numbers come as floats: without int64, 1000000 would read 1e+06. */}}
{{- define "perezvon.config" -}}
{{- range $name, $value := .Values.config }}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}
{{ $name }}: {{ ternary (int64 (toString $value | float64)) $value (kindIs "float64" $value) | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "perezvon.secretName" -}}
{{ default (include "perezvon.fullname" .) .Values.secrets.existingSecret }}
{{- end }}

{{- /* The names of the secrets that the pods mount, one a line. The first seven are required everywhere. */}}
{{- define "perezvon.secretKeys" -}}
{{- if .Values.secrets.existingSecret -}}
DATABASE_URL
REDIS_URL
SECRET_KEY
OMNIDESK_API_KEY
OMNIDESK_WEBHOOK_TOKEN
CSCART_API_KEY
OBZVONILKA_API_KEY
{{- range .Values.secrets.existingSecretOptionalKeys }}
{{ . }}
{{- end }}
{{- else -}}
{{ keys .Values.secrets.data | sortAlpha | join "\n" }}
{{- end }}
{{- end }}

{{- /* Fields of every pod. Call: include "perezvon.pod" (list . "web") */}}
{{- define "perezvon.pod" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
# Nothing here talks to the Kubernetes API.
automountServiceAccountToken: false
# Otherwise every Service of the namespace puts variables in, and one named perezvon puts in PEREZVON_PORT.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001  # the Dockerfile's
  runAsGroup: 10001
  fsGroup: 10001  # so that the process can read its secret files, which are not open to others
  seccompProfile:
    type: RuntimeDefault
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    # One node must be enough to run on.
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "perezvon.selectorLabels" . | nindent 8 }}
{{- with $root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Fields of every container, its environment apart. */}}
{{- define "perezvon.container" -}}
image: {{ include "perezvon.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
# A missing setting stops the start with one line: `kubectl describe pod` then shows it.
terminationMessagePolicy: FallbackToLogsOnError
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
volumeMounts:
  - name: tmp
    mountPath: /tmp
  - name: secrets
    mountPath: /run/secrets/perezvon
    readOnly: true
{{- end }}

{{- /* In memory: gunicorn's workers tell that they are alive through a file here, which must not wait on a disk. */}}
{{- define "perezvon.tmpVolume" -}}
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: 64Mi
{{- end }}

{{- define "perezvon.extraEnv" -}}
{{- range $name, $value := .Values.extraEnv }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- /* Annotations of a process' pods: a changed setting rolls them. An existing Secret cannot be seen here. */}}
{{- define "perezvon.podAnnotations" -}}
checksum/config: {{ printf "%s\n%s" (include "perezvon.config" .) .Values.configFile | sha256sum }}
checksum/secrets: {{ toYaml .Values.secrets | sha256sum }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The environment of web, worker and scheduler. */}}
{{- define "perezvon.env" -}}
{{- $root := . -}}
{{- range $name := include "perezvon.config" . | fromYaml | keys | sortAlpha }}
- name: {{ $name }}
  valueFrom:
    configMapKeyRef:
      name: {{ include "perezvon.fullname" $root }}
      key: {{ $name }}
{{- end }}
{{- range $name := include "perezvon.secretKeys" . | splitList "\n" }}
- name: {{ $name }}_FILE
  value: /run/secrets/perezvon/{{ $name }}
{{- end }}
{{- if .Values.configFile }}
- name: PEREZVON_CONFIG
  value: /etc/perezvon/perezvon.toml
{{- end }}
# Nothing lasting is kept there: the ledger and the queue stand elsewhere.
- name: PEREZVON_VAR
  value: /tmp
{{- include "perezvon.extraEnv" . }}
{{- end }}

{{- /* The volumes of web, worker and scheduler. */}}
{{- define "perezvon.volumes" -}}
{{ include "perezvon.tmpVolume" . }}
- name: secrets
  secret:
    secretName: {{ include "perezvon.secretName" . }}
    defaultMode: 0440
    # By name, so that a key that is missing holds the pod back with a message naming it.
    items:
      {{- range $name := include "perezvon.secretKeys" . | splitList "\n" }}
      - key: {{ $name }}
        path: {{ $name }}
      {{- end }}
{{- if .Values.configFile }}
- name: config
  configMap:
    name: {{ include "perezvon.fullname" . }}
    items:
      - key: perezvon.toml
        path: perezvon.toml
{{- end }}
{{- end }}

{{- define "perezvon.configMount" -}}
{{- if .Values.configFile }}
- name: config
  mountPath: /etc/perezvon
  readOnly: true
{{- end }}
{{- end }}

{{- /* For Celery's processes, which serve no HTTP. A main thread that lives wakes up at least every few seconds,
       so its count of context switches moves; one that hangs for good stands still. Costs no broker call and no
       Python start, unlike `celery inspect ping`. */}}
{{- define "perezvon.celeryLiveness" -}}
exec:
  command:
    - sh
    - -c
    - |
      seen=$(grep '^voluntary' /proc/1/status) || exit 1
      [ "$seen" != "$(cat /tmp/liveness 2>/dev/null)" ] && echo "$seen" >/tmp/liveness
periodSeconds: 30
timeoutSeconds: 5
# Two minutes without any movement.
failureThreshold: 4
{{- end }}
