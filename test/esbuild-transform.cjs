const { transformSync } = require('esbuild');

/** TypeScript and TSX by the same compiler that bundles the functions, so that tests run what ships. */
module.exports = {
  process(source, path) {
    const loader = path.endsWith('x') ? 'tsx' : 'ts';
    const options = { loader, jsx: 'automatic', jsxImportSource: 'preact', target: 'node24', format: 'esm' };
    return transformSync(source, { ...options, sourcemap: 'inline', sourcefile: path });
  },
};
