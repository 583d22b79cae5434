import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** One figure of the program, read when Prometheus asks: nothing is counted twice on a hot path. */
export interface Figure {
  name: string;
  help: string;
  kind: 'counter' | 'gauge';
  /** The names of its labels, where it may begin without values. */
  labels?: readonly string[];
  /** The present values; labels may be empty. */
  read(): readonly { value: number; labels?: Record<string, string> }[];
}

/** A registry with the process's own metrics and the given figures. */
export function createMetrics(figures: readonly Figure[]): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'chappe_' });
  for (const figure of figures) register(registry, figure);
  return registry;
}

function register(registry: Registry, figure: Figure): void {
  const labelNames = [
    ...(figure.labels ?? new Set(figure.read().flatMap(({ labels }) => Object.keys(labels ?? {})))),
  ];
  const options = { name: figure.name, help: figure.help, labelNames, registers: [registry] };
  if (figure.kind === 'gauge') {
    new Gauge({
      ...options,
      collect() {
        this.reset();
        for (const { value, labels } of figure.read()) this.set(labels ?? {}, value);
      },
    });
    return;
  }
  new Counter({
    ...options,
    collect() {
      // The figure is the truth; the counter only mirrors it.
      this.reset();
      for (const { value, labels } of figure.read()) this.inc(labels ?? {}, value);
    },
  });
}
