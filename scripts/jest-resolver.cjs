// @ts-check
// TypeScript under NodeNext writes `./claim.js` and means `./claim.ts`. A moduleNameMapper that cuts `.js` off would do
// so inside node_modules too, where some packages hold `x.js` beside `x/index.js`; a resolver sees who is asking.

/**
 * @param {string} request
 * @param {{ basedir: string, defaultResolver: (request: string, options: object) => string }} options
 */
function resolve(request, options) {
  const ours = !options.basedir.includes('/node_modules/') && !options.basedir.includes('/dist');
  if (ours && /^\.{1,2}\/.*\.js$/.test(request)) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A real JavaScript file: taken as written below.
    }
  }
  return options.defaultResolver(request, options);
}

module.exports = { sync: resolve };
