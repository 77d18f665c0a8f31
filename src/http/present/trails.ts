import type { Config } from '../../config.ts';
import type { Trail } from '../../db/queries/read-trails.ts';

/** What was found, with the run behind it where it can be looked at. */
export function presentMatch(
  { kind, reservation, ...rest }: Trail,
  { temporalUiUrl, temporalNamespace }: Config,
) {
  const workflowId = `reservation:${reservation.reservation_id}`;
  const url =
    temporalUiUrl &&
    `${temporalUiUrl}/namespaces/${encodeURIComponent(temporalNamespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return { kind, trail: { reservation, run: { workflow_id: workflowId, url }, ...rest } };
}
