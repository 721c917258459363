/** Opens the data folder named, says so, and holds it until it is ended. */
import { openDataFolder } from '../../local/data-folder.ts';

const folder = openDataFolder(process.argv[2] ?? '', '0.1.0');
folder.writeRun({
  pid: process.pid,
  port: 5003,
  mqttPort: 1883,
  iotPort: 4000,
  iotAccessKeyId: 'key',
  version: '0.1.0',
  topicRoot: 'battery',
  store: 'sqlite',
});
process.stdout.write('held\n');
setInterval(() => undefined, 60_000);
