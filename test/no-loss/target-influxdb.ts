// What the local runtime of these tests runs on. A file's imports read it, so that it stands before them.
process.env['AMPHORA_TARGET'] = 'influxdb';
