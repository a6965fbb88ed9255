"""A generated fleet of any size: the same bytes for the same number of documents.

Each cluster is the conforming fixture's production cluster under another name and other networks (32 documents), and
17 plain applications of four documents each: 100 documents. What the fixture's clusters share is written once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FIXTURE = Path(__file__).parents[1] / "fixtures" / "conforming"
APPLICATIONS = 17

_OWN = (
    "management/prod-01",
    "management/bootstrap/01-cilium-prod-01.yaml",
    "management/bootstrap/payload-cilium-prod-01.yaml",
    "management/bootstrap/03-root-production.yaml",
    "management/bootstrap/payload-root-production.yaml",
    "cluster-configs/environments/production",
    "cluster-configs/base/cilium/production.yaml",
    "cluster-configs/base/cilium-bgp/production",
)
_SHARED = (
    "management/namespace.yaml",
    "management/bootstrap/02-argocd.yaml",
    "management/bootstrap/payload-argocd.yaml",
    "management/bootstrap/payload-argocd-prerequisites.yaml",
    "cluster-configs/base/argocd",
    "cluster-configs/base/ingress",
    "crslint.yaml",
)
_APPLICATION = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {namespace}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
        app.kubernetes.io/part-of: {namespace}
    spec:
      serviceAccountName: {name}
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
        - name: {name}
          image: registry.example.org/{namespace}/{name}:1.{replicas}.0
          args: ["--listen=:8080", "--config=/etc/{name}/config.yaml", "--log-format=json"]
          env:
            - name: POD_NAME
              valueFrom:
                fieldRef:
                  fieldPath: metadata.name
            - name: GOMAXPROCS
              value: "2"
          ports:
            - name: http
              containerPort: 8080
            - name: metrics
              containerPort: 9090
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 5
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: 256Mi}}
          volumeMounts:
            - name: config
              mountPath: /etc/{name}
      volumes:
        - name: config
          configMap:
            name: {name}
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
  namespace: {namespace}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
  namespace: {namespace}
data:
  config.yaml: |
    upstream: http://{name}-backend.{namespace}.svc:8080
    timeout: 30s
    features:
      - tracing
      - retries
"""


def write_fleet(root: Path, documents: int) -> int:
    """Writes about ``documents`` documents (100 for each cluster, one cluster at least) and returns how many."""
    for source in files(_SHARED):
        write(root / source.relative_to(FIXTURE), source.read_text())
    for number in range(max(1, documents // 100)):
        for source in files(_OWN):
            name, text = str(source.relative_to(FIXTURE)), source.read_text()
            write(root / _renamed(name, number), _renamed(text, number))
        for application in range(APPLICATIONS):
            name, namespace = f"app-{application:02}", f"team-{number:03}"
            text = _APPLICATION.format(name=name, namespace=namespace, replicas=1 + application % 5)
            write(root / "workloads" / namespace / f"{name}.yaml", text)
    return sum(count_documents(path.read_text()) for path in root.rglob("*.yaml"))


def count_documents(text: str) -> int:
    return 1 + sum(line.startswith("---") for line in text.splitlines()[1:])


def files(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        path = FIXTURE / place
        yield from sorted(path.rglob("*.yaml")) if path.is_dir() else [path]


def _renamed(text: str, number: int) -> str:
    high, low = divmod(number, 16)
    replacements = {
        "prod-01": f"c-{number:03}",
        "production": f"env-{number:03}",
        "10.244.0.0/16": f"100.{64 + high}.{16 * low}.0/20",
        "192.168.10.": f"10.200.{number}.",
        "172.20.10.": f"172.20.{number}.",
        "52:54:00:0a": f"52:5e:00:{number:02x}",
    }
    pattern = "|".join(map(re.escape, replacements))
    return re.sub(pattern, lambda match: replacements[match.group()], text)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
