{{/* Name of the operator's objects: the release's, with the chart's where the release's does not hold it. */}}
{{- define "evomerge.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select the operator's pods; they never change between versions. */}}
{{- define "evomerge.selector" -}}
app.kubernetes.io/name: evomerge
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* Labels of every object. */}}
{{- define "evomerge.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_"))
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
-}}
{{- toYaml (merge (include "evomerge.selector" . | fromYaml) $own .Values.labels) -}}
{{- end -}}

{{- define "evomerge.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "evomerge.name" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* The rules that the operator has in every namespace it watches; secrets narrowed to rbac.secretNames. */}}
{{- define "evomerge.rules" -}}
{{- $names := .Values.rbac.secretNames -}}
{{- range $rule := (.Files.Get "files/permissions.yaml" | fromYaml).rules }}
{{- if and $names (has "secrets" $rule.resources) }}
{{- $rule = merge (dict "resourceNames" $names) $rule }}
{{- end }}
{{- list $rule | toYaml | nindent 0 }}
{{- end }}
{{- end -}}

{{/* Namespaces in which evaluator pods are restricted, comma-separated. */}}
{{- define "evomerge.evaluatorNamespaces" -}}
{{- .Values.networkPolicy.evaluatorNamespaces | default .Values.watchNamespaces | join "," -}}
{{- end -}}

{{/* evomerge.image (dict "value" NAME "reference" REFERENCE): the reference, which must say which version it means. */}}
{{- define "evomerge.image" -}}
{{- if not (regexMatch `^[a-z0-9][A-Za-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})$` .reference) -}}
{{- fail (printf "%s is %q: expected an image with a tag or a digest, such as registry.example/evomerge/operator:0.1.0" .value .reference) -}}
{{- end -}}
{{- .reference -}}
{{- end -}}
