/** What is there whether anybody sends and looks or not. */
import { type Assume, METRICS_OF_A_WRITE } from './assumptions.ts';
import type { StackInventory } from './parse-template.ts';
import { FREE_DASHBOARD_METRICS, HOURS_PER_MONTH, IDLE_POLLS_PER_MONTH } from './prices.ts';
import { computing, logging, type Use } from './use.ts';

// lambdas/aws/secret-token.ts asks again after five minutes, in each function that is in use: the writer, and for a page three.
const SECRET_READS_PER_MONTH = HOURS_PER_MONTH * 12;
const READERS_OF_A_PAGE = 3;

export function fixedUses(inventory: StackInventory, viewers: number, assume: Assume): readonly Use[] {
  const fixed = (what: string, price: Use['price'], count: number): Use => ({ group: 'fixed', what, price, count });
  const big = inventory.dashboards.filter((metrics) => metrics > FREE_DASHBOARD_METRICS).length;
  return [
    fixed('metrics that alarms watch', 'alarmedMetric', inventory.alarmedMetrics),
    fixed('metrics of its own, once it stores', 'customMetric', METRICS_OF_A_WRITE.length),
    fixed('dashboard', 'dashboard', inventory.dashboards.length - big),
    fixed(`dashboard of over ${FREE_DASHBOARD_METRICS} metrics`, 'bigDashboard', big),
    fixed("secrets of the database's tokens", 'secret', inventory.secrets),
    fixed(
      'reads of these tokens',
      'secretRead',
      SECRET_READS_PER_MONTH * (1 + (viewers === 0 ? 0 : READERS_OF_A_PAGE)),
    ),
    fixed('interface endpoints', 'endpointHour', inventory.endpointZones * HOURS_PER_MONTH),
    fixed('client of a machine', 'machineClient', inventory.machineClients),
    fixed('polling the queue', 'sqsRequest', inventory.buffer === undefined ? 0 : IDLE_POLLS_PER_MONTH),
    ...redriveUses(inventory, assume),
  ];
}

/** Every quarter of an hour it asks each failure queue, and finds it empty. */
function redriveUses(inventory: StackInventory, assume: Assume): readonly Use[] {
  const { redrivesPerMonth: runs, failureQueues: queues, functions } = inventory;
  const runMs = assume('redriveStartMs') + queues * assume('redriveQueueMs');
  return [
    { group: 'fixed', what: 'failure queues asked', price: 'sqsRequest', count: runs * queues },
    { group: 'fixed', what: 'redrive called', price: 'lambdaRequest', count: runs },
    { group: 'fixed', what: 'redrive at work', ...computing(functions.redrive, runs, runMs) },
    ...logging('fixed', runs * assume('invocationLogBytes'), { inventory, assume }),
  ];
}
