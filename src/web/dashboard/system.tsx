import { overview } from './state.ts';
import { many } from './words.ts';

/** What the house runs on, as far as an operator has to know. */
export function System() {
  const facts = overview.value;
  if (!facts) return null;
  const { ui_url: url, namespace } = facts.temporal;
  const isWithoutWorker = facts.workers_live === 0;
  return (
    <section aria-labelledby="system">
      <div class="head">
        <h2 id="system">Behind it</h2>
      </div>
      <p class={isWithoutWorker ? 'warning' : undefined}>
        {isWithoutWorker
          ? 'No worker is live. Sales go on; tickets, ends of holds and webhooks wait until one starts.'
          : `${many(facts.workers_live, 'worker')} live.`}
      </p>
      <p>Times here are of {Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll('_', ' ')}.</p>
      {url !== null && (
        <p>
          <a
            href={`${url}/namespaces/${encodeURIComponent(namespace)}/workflows`}
            target="_blank"
            rel="noreferrer"
          >
            Runs in the Temporal Web UI
          </a>
        </p>
      )}
    </section>
  );
}
