/** The local runtime as a bench starts it: free ports, no simulated battery. `node bench/runtime.ts DIR durable|off`. */
import { runLocal } from '../local/main.ts';

const [, , dataDir = '', journal] = process.argv;
process.exitCode = await runLocal({
  port: 0,
  mqttPort: 0,
  dataDir,
  host: 'localhost',
  store: { kind: 'sqlite' },
  demo: 'off',
  retryDelaysMs: [60_000, 120_000],
  isJournalDurable: journal !== 'off',
});
