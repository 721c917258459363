/** A mail when the account's bill of a month passes most of what it may be, and when it is about to pass all of it. */
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import type { BudgetSettings } from './budget-settings.ts';

export class BudgetAlarm extends Construct {
  constructor(scope: Construct, id: string, { monthlyUsd, email }: BudgetSettings) {
    super(scope, id);
    const tell = (notificationType: 'ACTUAL' | 'FORECASTED', threshold: number) => ({
      notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
      subscribers: [{ subscriptionType: 'EMAIL', address: email }],
    });
    // Of the whole account: a stack's own part could be told only by tags that somebody first activates for billing.
    new CfnBudget(this, 'Budget', {
      budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: monthlyUsd, unit: 'USD' } },
      notificationsWithSubscribers: [tell('ACTUAL', 80), tell('FORECASTED', 100)],
    });
  }
}
