/** What a deploy tells at its end: where everything is, what it costs, and what to type next. */
import { apiAddress } from '../../cloud/api-address.ts';
import { iotEndpoint } from '../../cloud/iot-endpoint.ts';
import { isSecretFilled } from '../../cloud/secret-state.ts';
import { messageOf } from '../../lambdas/aws/log.ts';
import { monthlyCost } from '../../lib/monthly-cost.ts';
import type { Settings } from '../../lib/settings.ts';
import type { Deployed } from './deploy-stack.ts';

export async function deployedLines(deployed: Deployed, settings: Settings): Promise<readonly string[]> {
  const { stackName, region, outputs, pageUrl, who } = deployed;
  const flags = `--stack ${stackName} --region ${region}`;
  const own = apiAddress(outputs['ApiUrl'] ?? '');
  // The page's is behind the web ACL, if there is one; the API's own is not.
  const api = settings.stage === 'aws' ? `${pageUrl}api (its own address: ${own})` : own;
  const host = outputs['DistributionHost'];
  return [
    `The stack ${stackName} is deployed in ${region}, account ${who.account}:`,
    `  page  ${pageUrl}`,
    `  API   ${api}`,
    ...(outputs['MachineClientId'] === undefined ? [] : [`        machine client ${outputs['MachineClientId']}`]),
    `  MQTT  ${await mqttText(region, settings.topicRoot)}`,
    ...(host === undefined
      ? []
      : [
          `  name  let ${settings.site.domain?.name ?? 'the name of setting domain'} lead to ${host} (CNAME) before you open the page`,
        ]),
    ...(settings.stage === 'aws' ? [`  cost  ${monthlyCost(settings)}`, ...alarmLines(settings, outputs)] : []),
    'Next:',
    ...(await secretLines(deployed)),
    ...(settings.database === undefined
      ? ['  there is no database yet: deploy again with -c influxUrl=… (README, On AWS)']
      : []),
    ...(settings.signIn === undefined ? [] : [`  ./amphora user add you@example.org ${flags}`]),
    `  ./amphora add-battery garage ${flags}`,
    `  ./amphora doctor ${flags}`,
  ];
}

function alarmLines({ alarms }: Settings, outputs: Deployed['outputs']): readonly string[] {
  if (alarms === undefined) return [];
  const topic = outputs['AlarmTopicArn'];
  return [
    // SNS mails nobody who has not said that they want it.
    alarms.email === undefined
      ? `  alarms mail nobody yet: deploy with -c alarmEmail=you@example.org, or subscribe to ${topic}`
      : `  alarms mail ${alarms.email}, once the link in the first mail of SNS was followed`,
    `         ${outputs['MetricsDashboardUrl']}`,
  ];
}

/** Who may deploy need not be allowed to ask for it, and everything else is worth telling then too. */
async function mqttText(region: string, topicRoot: string): Promise<string> {
  try {
    const { host, port } = await iotEndpoint(region);
    return `${host}, port ${port}, with a device's certificate, topics below ${topicRoot}/`;
  } catch (error) {
    return `not looked up: ${messageOf(error)}`;
  }
}

/** The lines that fill the stack's own secrets; none for those that have a value. */
async function secretLines({ region, outputs }: Deployed): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [token, arn] of [
    ['write', outputs['InfluxWriteSecretArn']],
    ['read', outputs['InfluxReadSecretArn']],
  ] as const) {
    // Who may deploy need not be allowed to look at secrets: then the line does no harm.
    if (arn === undefined || (await isSecretFilled(region, arn).catch(() => false))) continue;
    lines.push(
      `  aws secretsmanager put-secret-value --region ${region} --secret-id ${arn} --secret-string file://${token}-token`,
    );
  }
  return lines;
}
