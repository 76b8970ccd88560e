/** The Helm chart, as `helm template` renders it with the values beside this file (`npm run chart`). */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse, parseAllDocuments } from 'yaml';
import { findGoProgram, hasGo } from '../harness/go-programs.ts';
import { writeKubernetesSchemas } from '../harness/kubernetes-schemas.ts';
import { variableNames } from '../../platform/environment-reference.ts';

const root = join(import.meta.dirname, '..', '..');
const chart = join(root, 'deploy', 'helm', 'headwater');
const read = (...path: string[]): string => readFileSync(join(...path), 'utf8');

interface Container {
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: readonly { readonly secretRef: { readonly name: string } }[];
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly securityContext: object;
  readonly startupProbe?: object;
  readonly livenessProbe?: object;
  readonly readinessProbe?: object;
}
interface Pod {
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: object;
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly persistentVolumeClaim?: object }[];
}
interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind has its own, and the tests look into any of them
  readonly spec: any;
}

const rendered = {
  small: resourcesOf('small'),
  full: resourcesOf('full'),
};
const names = ['small', 'full'] as const;

function resourcesOf(name: string): Resource[] {
  const documents = parseAllDocuments(read(import.meta.dirname, `${name}-rendered.yaml`));
  return documents.map((document) => document.toJS() as Resource | null).filter((resource) => resource !== null);
}

function podsOf(name: keyof typeof rendered): [string, Pod][] {
  return rendered[name]
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map(({ metadata, spec }) => [metadata.name, (spec as { template: { spec: Pod } }).template.spec]);
}

function find(name: keyof typeof rendered, kind: string, suffix = ''): Resource {
  const found = rendered[name].find((each) => each.kind === kind && each.metadata.name === `headwater${suffix}`);
  if (found === undefined) throw new Error(`no ${kind} headwater${suffix}`);
  return found;
}

describe.each(names)('with the %s values', (name) => {
  test('every pod runs as nobody in particular, on a read-only root, without a token of the cluster', () => {
    expect(podsOf(name).length).toBeGreaterThanOrEqual(3);
    for (const [, pod] of podsOf(name)) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      const [{ securityContext, resources }] = pod.containers;
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources.limits.memory).toMatch(/Gi$/);
    }
  });

  test('every variable is one of ours or Temporal’s, and secrets come by reference only', () => {
    for (const [, { containers }] of podsOf(name)) {
      const [{ env, envFrom }] = containers;
      expect(env.filter((each) => !variableNames.includes(each.name))).toEqual([]);
      expect(env.filter((each) => /SECRET|PASSWORD|_KEY|TOKEN$/.test(each.name))).toEqual([]);
      expect(envFrom).toEqual([{ secretRef: { name: 'headwater' } }]);
    }
  });

  test('what runs is watched: probes for API and workers, a budget for evictions, a migration before both', () => {
    for (const [pod, { containers }] of podsOf(name)) {
      const [{ startupProbe, livenessProbe, command }] = containers;
      expect([pod, startupProbe === undefined]).toEqual([pod, pod.endsWith('-migrate')]);
      expect([pod, livenessProbe === undefined]).toEqual([pod, pod.endsWith('-migrate')]);
      expect(() => read(root, command.at(-1) ?? '')).not.toThrow();
    }
    expect(find(name, 'PodDisruptionBudget', '-api').spec.maxUnavailable).toBe(1);
    expect(find(name, 'Job', '-migrate').metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
  });

  test('nobody calls a worker, and pods reach named ports only', () => {
    const { policyTypes, egress } = find(name, 'NetworkPolicy').spec;
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(egress.flatMap(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))).toEqual([
      53, 53, 443, 5432, 7233,
    ]);
  });
});

test('without Worker Versioning, old and new workers never run side by side', () => {
  expect(find('small', 'Deployment', '-worker').spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
});

test('with it, each release has its own workers, and only the current one is scaled', () => {
  const [current, previous] = ['-worker-1-3-0', '-worker-1-2-0'].map(
    (suffix) => find('full', 'Deployment', suffix).spec,
  );
  expect([current.replicas, previous.replicas]).toEqual([undefined, 2]);
  const buildOf = ({ template }: { template: { spec: Pod } }) =>
    template.spec.containers[0].env.find(({ name }) => name === 'TEMPORAL_WORKER_BUILD_ID')?.value;
  expect([current, previous].map(buildOf)).toEqual(['1-3-0', '1-2-0']);
  const { scaleTargetRef, triggers } = find('full', 'ScaledObject', '-worker-1-3-0').spec;
  expect(scaleTargetRef).toEqual({ name: 'headwater-worker-1-3-0' });
  expect(triggers).toMatchObject([
    { type: 'temporal', metadata: { taskQueue: 'sync', workerDeploymentBuildId: '1-3-0' } },
  ]);
});

test('every variable that is a secret is refused in `config`, and every other one is accepted', () => {
  const schema = JSON.parse(read(chart, 'values.schema.json')) as { properties: { config: object } };
  const isValid = new Ajv({ strict: false }).compile(schema.properties.config);
  const isSecret = (name: string): boolean =>
    /SECRET$|PASSWORD$|API_KEY$|ACCESS_KEY$|TOKEN$|^ENCRYPTION_KEY/.test(name);
  const ownByChart = [
    'HOST',
    'PORT',
    'DATA_DIR',
    'METRICS_ADDRESS',
    'TEMPORAL_DEPLOYMENT_NAME',
    'TEMPORAL_WORKER_BUILD_ID',
  ];
  for (const name of variableNames) {
    const value = name === 'DATABASE_URL' ? 'postgres://headwater@postgres/headwater' : 'x';
    expect([name, isValid({ [name]: value })]).toEqual([name, !isSecret(name) && !ownByChart.includes(name)]);
  }
});

test('Prometheus reads workers, and the API with the operators’ token', () => {
  const labels = find('full', 'Service').metadata;
  expect(find('full', 'PodMonitor').spec.podMetricsEndpoints).toEqual([{ port: 'metrics', interval: '30s' }]);
  const { selector, endpoints } = find('full', 'ServiceMonitor').spec;
  expect(labels).toMatchObject({ labels: selector.matchLabels });
  expect(find('full', 'Service').spec.ports).toMatchObject([{ name: endpoints[0].port }]);
  expect(endpoints[0].authorization).toEqual({ credentials: { name: 'headwater', key: 'ADMIN_TOKEN' } });
});

test('several workers share one volume', () => {
  const [, pod] = podsOf('full').find(([name]) => name.includes('worker')) ?? [];
  expect(pod?.volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'headwater-data' } });
});

describe('values', () => {
  const schema = JSON.parse(read(chart, 'values.schema.json')) as object;
  const isValid = new Ajv({ strict: false }).compile(schema);
  const values = parse(read(chart, 'values.yaml')) as Record<string, object>;

  test('the defaults fit their schema, and are all that it names', () => {
    expect([isValid(values), isValid.errors]).toEqual([true, null]);
    const named = Object.keys((schema as { properties: object }).properties).filter((name) => name !== 'global');
    expect(named.toSorted()).toEqual(Object.keys(values).toSorted());
  });

  test.each([
    { config: { ADMIN_TOKEN: 'in the open' } },
    { config: { GOOGLE_CLIENT_SECRET: 'in the open' } },
    { config: { AWS_SECRET_ACCESS_KEY: 'in the open' } },
    { config: { AWS_SESSION_TOKEN: 'in the open' } },
    { config: { ENCRYPTION_KEY_PREVIOUS: 'in the open' } },
    { config: { DATA_DIR: '/elsewhere' } },
    { config: { DATABASE_URL: 'postgres://headwater:password@postgres/headwater' } },
    { config: { PORT: '80' } },
    { worker: { replica: 2 } },
    { unknown: true },
  ])('%j is refused', (change) => {
    expect(isValid({ ...values, ...change })).toBe(false);
  });
});

// Without Go there is neither helm nor kubeconform to check with.
(hasGo ? describe : describe.skip)('by the programs themselves', () => {
  test('helm lints the chart strictly, and renders the files beside this one', async () => {
    const script = join(root, 'scripts', 'render-chart.ts');
    const env = { ...process.env, HELM: await findGoProgram('helm') };
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8', env });
    expect([status, stderr]).toEqual([0, '']);
  }, 600_000);

  test.each([
    ['several workers without a place in common', ['--set', 'worker.replicas=2'], /ReadWriteMany|STAGING_S3_BUCKET/],
    ['no Secret', ['--set', 'existingSecret='], /existingSecret is required/],
    [
      'a value that the schema does not know',
      ['--set', 'worker.replica=2'],
      /additional properties 'replica' not allowed/,
    ],
  ])(
    'helm refuses %s',
    async (_what, values, message) => {
      const args = [
        'template',
        'headwater',
        chart,
        '--kube-version',
        '1.31.0',
        '--values',
        join(import.meta.dirname, 'small-values.yaml'),
        ...values,
      ];
      const { status, stderr } = spawnSync(await findGoProgram('helm'), args, { encoding: 'utf8' });
      expect(status).not.toBe(0);
      expect(stderr).toMatch(message);
    },
    600_000,
  );

  test('kubeconform finds every resource valid, and a misspelled field invalid', async () => {
    const kubeconform = await findGoProgram('kubeconform');
    const folder = await mkdtemp(join(tmpdir(), 'headwater-schemas-'));
    const location = await writeKubernetesSchemas(folder, '1.31.0');
    // These belong to Prometheus' operator and to KEDA.
    const foreign = ['PodMonitor', 'ScaledObject', 'ServiceMonitor', 'TriggerAuthentication'];
    const validate = (input: string) => {
      const args = ['-strict', '-output', 'json', '-summary', '-schema-location', location, '-skip', foreign.join(',')];
      const { stdout } = spawnSync(kubeconform, args, { encoding: 'utf8', input });
      return JSON.parse(stdout) as object;
    };
    const allValid = { invalid: 0, errors: 0 };
    expect(validate(read(import.meta.dirname, 'small-rendered.yaml'))).toMatchObject({
      summary: { ...allValid, valid: 9, skipped: 0 },
    });
    expect(validate(read(import.meta.dirname, 'full-rendered.yaml'))).toMatchObject({
      summary: { ...allValid, valid: 12, skipped: foreign.length },
    });
    const misspelled = read(import.meta.dirname, 'small-rendered.yaml').replace('maxUnavailable:', 'maxUnavailble:');
    expect(validate(misspelled)).toMatchObject({ summary: { invalid: 1, valid: 8 } });
    await rm(folder, { recursive: true });
  }, 600_000);
});
