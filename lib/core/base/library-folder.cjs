// CommonJS, which knows its folder under every loader: a test runner compiles the modules around it to CommonJS, which has no import.meta.
// A bundler may know no folder: then the files that are looked for are not there, and their error says so.
exports.libraryFolder = typeof __dirname === 'string' ? `${__dirname}/../..` : '';
