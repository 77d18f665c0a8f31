import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { listPartnersToState, storeStatement } from './patient-activities.ts';

/** Set by the server on runs that a schedule starts: when it was due, however late it began. */
const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

/** Stores every partner's statement of the business day before; one that is stored already stays. */
export async function dailyStatementWorkflow(): Promise<{ businessDate: string; stored: number }> {
  const { startTime, typedSearchAttributes } = workflowInfo();
  const dueAt = typedSearchAttributes.get(scheduledStart) ?? startTime;
  const { businessDate, partnerIds } = await listPartnersToState(dueAt.toISOString());
  setCurrentDetails(`Statements of ${businessDate} for ${partnerIds.length} partners.`);
  for (const partnerId of partnerIds) await storeStatement(partnerId, businessDate);
  return { businessDate, stored: partnerIds.length };
}
